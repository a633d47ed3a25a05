// What an operator sees of a log that is refused, and how another line of it is accepted.

import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { CommandIo } from '../../src/commands/down.ts';
import { runLogAccept } from '../../src/commands/log-accept.ts';
import { runStatus } from '../../src/commands/status.ts';
import type { ControlHandlers } from '../../src/control/control-server.ts';
import { serveControl } from '../../src/control/control-server.ts';
import { openStateDir } from '../../src/identity/state-dir.ts';
import { AgentSignals } from '../../src/run/agent-signals.ts';
import { acceptLogHead } from '../../src/run/open-log.ts';
import { logStatus } from '../../src/status/log-status.ts';
import { silent, temporaryDirectory } from '../support/agent-fixtures.ts';
import { LIES, LOG_ORIGIN, TestLog } from '../support/test-log.ts';
import { unknowing } from '../support/unknowing-status.ts';
import { knowingLog, watchedLog } from '../support/watched-log.ts';

const honest = new TestLog();
const forked = new TestLog(LIES['reorders two entries']);

let watched: ReturnType<typeof watchedLog>;
let refetches: number;
let stateDir: string;
let output: string;
const io: CommandIo = {
  stdin: Readable.from([]),
  signal: new AbortController().signal,
  write: (text: string) => {
    output += text;
  },
  writeError: () => undefined,
  env: {},
};
const flags = () => ({ stateDir });

/** An agent that runs with this watch, as far as the control socket tells. */
async function serve(what: typeof watched): Promise<void> {
  watched = what;
  const signals = new AgentSignals();
  signals.refetchWanted.listen(() => {
    refetches += 1;
  });
  const handlers: Partial<ControlHandlers> = {
    status: async () => ({ ...unknowing, log: logStatus(watched.log) }),
    acceptLogHead: acceptLogHead(watched.log, signals),
  };
  const server = await serveControl(
    openStateDir(stateDir).controlSocket,
    handlers as ControlHandlers,
    silent,
  );
  onTestFinished(() => void server.close());
}

/** Takes the head of an answer as the config's holder does. */
async function show(log: TestLog, size: number): Promise<void> {
  const body = {
    version: 'v',
    server_time_ms: 0,
    node_id: 'self',
    ...log.fields(size, watched.log.held?.size ?? 0),
  };
  const verdict = watched.log.judge(body as never);
  if (verdict.kind === 'newer') await watched.log.accept(verdict.head);
  else if (verdict.kind === 'refused') watched.log.refuse(verdict.refusal, body as never);
  await new Promise(setImmediate);
}

beforeEach(() => {
  stateDir = temporaryDirectory();
  output = '';
  refetches = 0;
});

describe('mesh-agent status', () => {
  it('shows the accepted head', async () => {
    await serve(knowingLog());
    await show(honest, 7);
    await runStatus(flags(), io);
    expect(output).toContain(
      `log          ${LOG_ORIGIN}: 7 entries, root ${honest.said(7, 0).head.rootHash}\n`,
    );
  });

  it('says what is refused since when, where the evidence is, and ends with code 14', async () => {
    await serve(knowingLog());
    await show(honest, 7);
    await show(forked, 9);
    await expect(runStatus(flags(), io)).rejects.toMatchObject({ code: 'log_refused', exitCode: 14 });
    for (const part of [
      `log          ${LOG_ORIGIN}: FAILING since 1970-01-01T00:00:05.000Z: inconsistent: the controller shows a head of 9`,
      `accepted 7 entries, root ${honest.said(7, 0).head.rootHash}`,
      `refused  9 entries, root ${forked.said(9, 0).head.rootHash}`,
      'evidence /evidence/1',
    ])
      expect(output).toContain(part);
    output = '';
    await expect(runStatus({ ...flags(), json: true }, io)).rejects.toMatchObject({ code: 'log_refused' });
    expect(JSON.parse(output).log).toMatchObject({
      accepted: { size: 7 },
      refusal: { code: 'inconsistent', shown: { size: 9 }, evidence: '/evidence/1' },
    });
  });

  it('says nothing of a log that is not known', async () => {
    await serve(watchedLog());
    await runStatus(flags(), io);
    expect(output).toContain('log          not known yet\n');
  });
});

describe('mesh-agent log accept', () => {
  const rootOf = (log: TestLog, size: number) => log.said(size, 0).head.rootHash;

  it('goes on from the head that is named, and asks for the config at once', async () => {
    await serve(knowingLog());
    await show(honest, 7);
    await show(forked, 9);
    await runLogAccept({ ...flags(), size: '8', root: rootOf(forked, 8) }, io);
    expect(output).toContain('accepted 8 entries');
    expect(output).toContain('before: 7 entries');
    expect([refetches, watched.heads.at(-1)]).toEqual([
      1,
      { size: 8, rootHash: rootOf(forked, 8), signatures: [] },
    ]);
    await show(forked, 9);
    expect([watched.log.refusal, watched.log.held?.size]).toEqual([undefined, 9]);
    expect(watched.events.map(({ type }) => type)).toEqual([
      'log_refused',
      'log_head_named',
      'log_recovered',
    ]);
    await show(honest, 10);
    expect(watched.log.refusal?.code).toBe('inconsistent');
  });

  it('prints JSON', async () => {
    await serve(knowingLog());
    await runLogAccept({ ...flags(), size: '8', root: rootOf(forked, 8), json: true }, io);
    expect(JSON.parse(output)).toEqual({ before: null, accepted: { size: 8, root_hash: rootOf(forked, 8) } });
  });

  it.each([
    ['a size that is none', { size: '-1' }],
    ['a size with a leading zero', { size: '08' }],
    ['a size of 2^53', { size: String(2 ** 53) }],
    ['a short root', { root: 'AAAA' }],
    ['a root in hex', { root: '00'.repeat(32) }],
  ])('refuses %s', async (_what, wrong) => {
    await serve(knowingLog());
    const head = { ...flags(), size: '8', root: rootOf(forked, 8), ...wrong };
    await expect(runLogAccept(head, io)).rejects.toMatchObject({ code: 'usage' });
    expect(watched.heads).toEqual([]);
  });

  it('is refused while the log is not known, and where no agent runs', async () => {
    const head = { size: '8', root: rootOf(forked, 8) };
    await expect(runLogAccept({ ...flags(), ...head }, io)).rejects.toMatchObject({ code: 'not_running' });
    await serve(watchedLog());
    await expect(runLogAccept({ ...flags(), ...head }, io)).rejects.toMatchObject({ code: 'failed' });
  });
});
