// The load generator's process. It carries out one order at a time from the process that forked it.

import { pathOf } from '@mesh/protocol';
import { processCpuMs } from '../process-cpu.ts';
import { quantile } from '../statistics.ts';
import { KeptConnection } from './kept-connection.ts';
import type { LoadKind, LoadOrder, LoadReply, LoadRequest, LoadResult, LoadSetup } from './load-messages.ts';
import { SignedSubmissions } from './signed-submissions.ts';

/** The share of all requests that is sent in addition, before the clock starts. */
const WARM_UP = 0.1;

let setup: LoadSetup | undefined;
const submissions = new Map<string, SignedSubmissions>();

async function runOrder({ target, load, connections, requests }: LoadOrder): Promise<LoadResult> {
  if (setup === undefined) throw new Error('no setup yet');
  const { caPem, identities } = setup;
  const callers = identities.slice(0, connections);
  if (callers.length < connections) throw new Error(`only ${callers.length} identities for ${connections}`);
  const each = Math.ceil(requests / connections);
  const warmUps = Math.max(1, Math.ceil(each * WARM_UP));
  const queues = callers.map(({ nodeId }) =>
    Array.from({ length: warmUps + each }, () => requestOf(load, nodeId)),
  );
  const opened = await Promise.all(
    callers.map((identity) =>
      KeptConnection.open(target.port, target.tls ? { ...identity, caPem } : undefined),
    ),
  );
  try {
    await Promise.all(opened.map((one, at) => sendAll(one, queues[at]?.slice(0, warmUps) ?? [], undefined)));
    const latencies: number[] = [];
    const serverBefore = processCpuMs(target.pid);
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    const bytes = await Promise.all(
      opened.map((one, at) => sendAll(one, queues[at]?.slice(warmUps) ?? [], latencies)),
    );
    const seconds = (performance.now() - startMs) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    const serverAfter = processCpuMs(target.pid);
    const count = latencies.length;
    return {
      requests: count,
      seconds,
      perSecond: count / seconds,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      bytesPerAnswer: bytes.reduce((sum, one) => sum + one, 0) / count,
      serverCpuMicros:
        serverBefore === undefined || serverAfter === undefined
          ? undefined
          : ((serverAfter - serverBefore) * 1000) / count,
      generatorCpuMicros: (cpu.user + cpu.system) / count,
      generatorLoad: (cpu.user + cpu.system) / 1e6 / seconds,
    };
  } finally {
    for (const one of opened) one.close();
  }
}

/** Sends requests one after another, as a node would. @returns bytes received */
async function sendAll(
  connection: KeptConnection,
  requests: readonly Uint8Array[],
  latencies: number[] | undefined,
): Promise<number> {
  let bytes = 0;
  for (const request of requests) {
    const sentMs = performance.now();
    const answer = await connection.send(request);
    if (answer.status !== 200) throw new Error(`the server answered ${answer.status}: nothing was measured`);
    latencies?.push(performance.now() - sentMs);
    bytes += answer.lengthBytes;
  }
  return bytes;
}

function requestOf(load: LoadKind, nodeId: string): Uint8Array {
  if (load.kind === 'submissions') return submissionsOf(nodeId).next();
  return Buffer.from(`GET ${pathOf('config', nodeId)}${load.query} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
}

function submissionsOf(nodeId: string): SignedSubmissions {
  const known = submissions.get(nodeId);
  if (known !== undefined) return known;
  const identity = setup?.identities.find((one) => one.nodeId === nodeId);
  if (setup === undefined || identity === undefined) throw new Error(`no identity for ${nodeId}`);
  const made = new SignedSubmissions(setup.meshId, identity);
  submissions.set(nodeId, made);
  return made;
}

process.on('message', (request: LoadRequest) => {
  const reply = (message: LoadReply) => process.send?.(message);
  if (request.op === 'setup') {
    setup = request.setup;
    reply({ ok: true });
    return;
  }
  runOrder(request.order).then(
    (result) => reply({ ok: true, result }),
    (error: unknown) => reply({ ok: false, message: error instanceof Error ? error.message : String(error) }),
  );
});
