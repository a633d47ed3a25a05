// kill -9 of a controller at a write on purpose: strace ends the process at the n-th call of a kind, in one
// and the same run of requests. Each of these runs begins with a copy of the same files.

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTlsFetch } from '@mesh/host';
import { underStrace, waitUntil } from '@mesh/host/test-kit';
import type { EnrolmentAnswer } from '@mesh/protocol';
import { type Told, toldConfigOf, toldOf } from '../crash/told.ts';
import { keysFrom, TestNode } from '../index.ts';
import { RemoteMesh } from '../remote-mesh.ts';
import { lookAtCopy } from './look-at-copy.ts';
import { readHead } from './read-head.ts';

const NODES = ['node-a', 'node-b', 'node-c'];
/** Nothing happens but what the script asks for. */
const CONFIG = { epoch_seconds: 86_400, max_benchmark_age_seconds: 86_400 };

/** The calls by which a controller changes its files. */
export const BOUNDARY_CALLS = [
  'pwrite64',
  'write',
  'fsync',
  'ftruncate',
  'rename',
  'link',
  'unlink',
] as const;

/**
 * What limits a call to the files of a controller. `write` also goes to sockets and pipes; the files that a
 * controller appends to are those of what nodes were told. Others that it writes get their name when they are
 * whole, so that `rename` is their boundary.
 */
function onlyFiles(call: (typeof BOUNDARY_CALLS)[number], directory: string): string[] {
  if (call !== 'write') return [];
  const told = Array.from({ length: 9 }, (_, at) => join(directory, 'data', `told-00000${at + 1}.jsonl`));
  return told.flatMap((file) => ['-P', file]);
}

/** What all runs begin with: nodes that are enrolled and have sent a benchmark. */
export interface Prepared extends AsyncDisposable {
  readonly directory: string;
  readonly told: readonly Told[];
  readonly enrolments: ReadonlyMap<string, EnrolmentAnswer>;
  /** The head of its log, in entries. */
  readonly size: number;
}

export async function prepareBoundaries(): Promise<Prepared> {
  const mesh = new RemoteMesh(CONFIG);
  const told: Told[] = [{ kind: 'initialised' }];
  const enrolments = new Map<string, EnrolmentAnswer>();
  await mesh.start();
  for (const nodeId of NODES) {
    const node = await mesh.enrol(nodeId);
    enrolments.set(nodeId, node.enrolment);
    const message = node.benchmark(0.9);
    told.push({ kind: 'enrolled', nodeId }, ...toldOf(message, await node.client.submitBenchmark(message)));
    node.close();
  }
  await mesh.running.kill();
  const { size } = await lookAtCopy(mesh.directory, told);
  return { directory: mesh.directory, told, enrolments, size, [Symbol.asyncDispose]: () => mesh.close() };
}

export interface BoundaryReport {
  /** Whether the run came to this call. If not, there are fewer of the kind, and no more to try. */
  readonly isReached: boolean;
  readonly faults: readonly string[];
}

/** @param when the n-th call of the kind, from 1, in one thread of the process */
export async function killAtBoundary(
  prepared: Prepared,
  call: (typeof BOUNDARY_CALLS)[number],
  when: number,
): Promise<BoundaryReport> {
  const mesh = new RemoteMesh(CONFIG, { copyOf: prepared.directory });
  const told = [...prepared.told];
  try {
    const under = [...underStrace(call, `signal=KILL:when=${when}`), ...onlyFiles(call, mesh.directory)];
    const isReached = await runScript(mesh, prepared, under, told);
    const found = await lookAtCopy(mesh.directory, told);
    const faults = [...found.faults];
    if (found.size < prepared.size)
      faults.push(`the log had ${prepared.size} entries, and has ${found.size}`);
    faults.push(...(await faultsOfNextStart(mesh, found.lastEpoch)));
    return { isReached, faults: faults.map((fault) => `${call} number ${when}: ${fault}`) };
  } finally {
    await mesh.close();
  }
}

/** The program itself starts on the files, and opens an epoch that is higher than all before. */
async function faultsOfNextStart(mesh: RemoteMesh, lastEpoch: number): Promise<string[]> {
  try {
    await mesh.start();
  } catch (error) {
    return [`the next start failed: ${String(error)}`];
  }
  const opened = mesh.running.lines.flatMap(
    (line) => (JSON.parse(line) as { epoch_id?: number }).epoch_id ?? [],
  );
  const highest = Math.max(0, ...opened);
  return highest > lastEpoch ? [] : [`the next start opened epoch ${highest} after ${lastEpoch}`];
}

/** @returns whether it was killed by strace, and did not end by itself */
async function runScript(
  mesh: RemoteMesh,
  prepared: Prepared,
  under: readonly string[],
  told: Told[],
): Promise<boolean> {
  let strace: ChildProcess | undefined;
  const hasEnded = () => strace?.exitCode !== null || strace.signalCode !== null;
  try {
    await mesh.start(under, (child) => {
      strace = child;
    });
    await askEverything(mesh, prepared, told);
    process.kill(onlyChildOf(mesh.running.pid), 'SIGTERM');
    await waitUntil('the end', hasEnded);
  } catch (error) {
    // What fails while the controller lives was not a kill.
    await waitUntil('the kill', hasEnded).catch(() => {
      throw error;
    });
  }
  return strace?.exitCode !== 0;
}

/** strace passes no signal on that asks it to end. */
const onlyChildOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());

async function askEverything(mesh: RemoteMesh, { enrolments }: Prepared, told: Told[]): Promise<void> {
  const nodes = NODES.map((nodeId) => {
    const enrolment = enrolments.get(nodeId) as EnrolmentAnswer;
    return new TestNode(mesh.handle, nodeId, { keys: keysFrom(nodeId), enrolment });
  });
  const [good, other, bad] = nodes as [TestNode, TestNode, TestNode];
  const submit = async (node: TestNode, score: number): Promise<void> => {
    const message = node.benchmark(score);
    told.push(...toldOf(message, await node.client.submitBenchmark(message)));
  };
  try {
    await submit(good, 0.9);
    await submit(bad, 0.1);
    told.push({ kind: 'denied', nodeId: bad.nodeId });
    const { nodeId } = await mesh.enrol('node-n').then((node) => {
      node.close();
      return node;
    });
    told.push({ kind: 'enrolled', nodeId });
    const { token_id: tokenId } = await mesh.admin.createToken({});
    told.push({ kind: 'token', tokenId });
    await seeHead(mesh, good, told);
    const config = await good.config();
    told.push(...(config === undefined ? [] : toldConfigOf(good.nodeId, config)));
    await mesh.admin.revoke(other.nodeId, 'stolen');
    told.push({ kind: 'revoked', nodeId: other.nodeId });
    await mesh.admin.rotateMasterKey({ reason: 'it is time' });
    const { next_ca_pin: pin } = await mesh.admin.rotateCa({ reason: 'it is time' });
    told.push({ kind: 'next-ca', pin: pin ?? '' });
    await submit(good, 0.9);
  } finally {
    for (const node of nodes) node.close();
  }
}

/** Waits for the head that follows the denial, as a reader of the log. */
async function seeHead(mesh: RemoteMesh, { enrolment }: TestNode, told: Told[]): Promise<void> {
  const tls = createTlsFetch({ ca: enrolment.ca_pem });
  try {
    await waitUntil('a head', async () => {
      const head = await readHead(tls, mesh.running.publicPort);
      if (head === 'no answer') throw new Error('the controller does not answer');
      if (head !== 'none yet') told.push(head);
      return head !== 'none yet';
    });
  } finally {
    tls.close();
  }
}
