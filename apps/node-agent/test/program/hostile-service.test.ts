// The agent as a process whose measured service is hostile. It still enforces configs.

import { waitUntil } from '@mesh/host/test-kit';
import { expect, it } from 'vitest';
import { configBody, startController } from '../support/agent-fixtures.ts';
import { enrolled, publish } from '../support/agent-program.ts';
import { type Behave, endless, listen, reset, send } from '../support/hostile-service.ts';
import { nodesUnder } from '../support/processes.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const SCORES = '{"scores":{"overall":0.75}}';
const GOOD = send(`${OK}content-length: ${SCORES.length}\r\n\r\n${SCORES}`);
const LINE_BYTES = 100 * 1_048_576;

/** What the service does, and what the agent's log says then. */
const HOSTILITIES: readonly (readonly [Behave, RegExp])[] = [
  [endless(`${OK}content-encoding: ${'gzip, '.repeat(5)}gzip\r\n\r\n`, 'x'), /encodes its answer/],
  [endless(`${OK}\r\n`, 'x'.repeat(1_000)), /answers more than 65536 bytes/],
  [reset(`${OK}content-length: 9\r\n\r\n{`), /\(ECONNRESET\)/],
  [send(`${OK}content-length: 9\r\n\r\n{`), /did not answer in time/],
  [send(`${OK}a: ${'b'.repeat(100_000)}\r\n\r\n`), /\(HPE_HEADER_OVERFLOW\)/],
  [send(Buffer.concat([Buffer.from(`${OK}\r\n{"`), Buffer.alloc(LINE_BYTES, 'x')])), /more than 65536/],
];

async function startAgent(behaviours: Behave[], timeoutSeconds: number) {
  const controller = await startController();
  const { set } = publish(controller);
  const { upMeasuring, status } = await enrolled(controller);
  const waiting: Behave[] = [...behaviours];
  // After these, the service never sends a whole answer.
  let last: Behave = send(`${OK}content-length: 9\r\n\r\n{`);
  let lastAsked = 0;
  const url = await listen((socket) => {
    const next = waiting.shift();
    if (next === undefined) lastAsked += 1;
    (next ?? last)(socket);
  });
  set(configBody('v1', ['a', 'b']));
  const agent = upMeasuring(['--benchmark-url', url, '--interval', '0.1'], {
    MESH_AGENT_MEASURE_TIMEOUT_SECONDS: String(timeoutSeconds),
  });
  const pid = agent.child.pid ?? 0;
  return {
    agent,
    set,
    status,
    children: () => nodesUnder(pid, 'measure-child'),
    /** Resolves when only the exchange that hangs is left. */
    hanging: () => waitUntil('the last behaviour', () => waiting.length === 0 && lastAsked > 0, 60_000),
    becomeGood: () => {
      last = GOOD;
    },
    submissions: () => controller.requests.filter(({ path }) => path === '/v1/benchmarks/self').length,
  };
}

it('an agent whose service is hostile keeps running, says why it has no scores, and removes a peer meanwhile', async () => {
  const { agent, set, hanging, children } = await startAgent(
    HOSTILITIES.map(([behave]) => behave),
    5,
  );
  await waitUntil('both peers', () => agent.output().includes('epoch applied to every peer'));
  await hanging();
  const lines = agent.output().split('\n');
  const reasons = lines.filter((line) => line.includes('the measurement failed'));
  for (const [, reason] of HOSTILITIES) expect(reasons.join('\n')).toMatch(reason);
  // The removal comes during an exchange that hangs.
  await waitUntil('a question', () => children().length === 1);
  expect(agent.output()).not.toContain('peer removed');
  set(configBody('v2', ['a']));
  await waitUntil('the removal', () => agent.output().includes('peer removed'));
  expect(agent.child.exitCode).toBeNull();
  expect(agent.output()).not.toContain('"msg":"measured"');
});

it('a killed measuring process is a failed measurement; the same agent submits the next one', async () => {
  const { agent, hanging, children, status, becomeGood, submissions } = await startAgent([], 600);
  await hanging();
  becomeGood();
  const before = submissions();
  for (const pid of children()) process.kill(pid, 'SIGKILL');
  await waitUntil('the reason', () => agent.output().includes('was killed by SIGKILL'));
  await waitUntil('a submission', () => submissions() > before);
  expect(await status()).toMatchObject({
    last_measurement: { scores: { overall: 0.75 } },
    last_measurement_failure: { code: 'process_failed' },
  });
  expect(agent.child.exitCode).toBeNull();
});

it('a killed agent leaves no measuring process behind', async () => {
  const { agent, hanging, children } = await startAgent([], 600);
  await hanging();
  const left = children();
  expect(left).toHaveLength(1);
  agent.child.kill('SIGKILL');
  await agent.exit;
  await waitUntil('its end', () => left.every((pid) => !isRunning(pid)));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
