import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { composePorts } from '../../src/compose.ts';
import { CliError } from '../../src/errors/cli-error.ts';
import { run } from '../../src/run.ts';
import { epochAnswer, HOSTILE, limitedNode, logPage, nodeA } from '../support/fixtures.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { type Reply, SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());
const runHere = (...args: string[]) => meshctlHere(args, { socket: controller.path });

const log = {
  published_size: 248,
  offered_size: 248,
  member_cosignatures: 0,
  required_member_cosignatures: 0,
  cosigned_by: ['w1', 'w2'],
  refused_by: [],
};
const brake = { settings: { share: 0.2, at_least: 3, window_seconds: 600, hold_seconds: 900 }, held: [] };
const nodes = [nodeA, { ...limitedNode, declining: false }];
const fine: Record<string, Reply> = {
  'GET /health': { body: { status: 'ok', epoch_id: 7, flood_since: null, log } },
  'GET /v1/epoch': { body: { ...epochAnswer, server_time_ms: Date.parse('2026-01-05T12:35:15.000Z') } },
  'GET /v1/nodes': { body: { nodes } },
  'GET /v1/brake': { body: brake },
  'GET /v1/log/entries?from=0&limit=1': { body: logPage },
  'GET /v1/log/entries?from=0&limit=1000': { body: logPage },
};
const cut = { ...nodeA, node_id: 'node-z', membership: 'DENIED', reason_code: 'below_threshold' };
const troubled: Record<string, Reply> = { ...fine, 'GET /v1/nodes': { body: { nodes: [...nodes, cut] } } };

beforeEach(() => controller.answer(fine));

describe('status', () => {
  it('shows counts, the epoch with its countdown, the head with its witnesses, and the last events', async () => {
    const { exitCode, stdout } = await runHere('status');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'at     2026-01-05T12:35:15.000Z',
        'nodes  2: 2 in, 1 probation',
        'epoch  7, ends in 45 s',
        'log    250 entries, published up to 248, cosigned by w1, w2',
        '',
        'nothing needs attention',
        '',
        "2026-01-05T12:34:50.123Z     248  node-c was cut: the node is below the policy's threshold",
        '2026-01-05T12:35:00.000Z     249  epoch ? was opened (?)',
        '',
      ].join('\n'),
    );
  });

  it('says what needs attention, and what to do', async () => {
    controller.answer(troubled);
    const { exitCode, stdout } = await runHere('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^nodes_cut +cut off by the policy: node-z +meshctl why NODE$/m);
  });

  it('--json is one document with the version of its schema', async () => {
    const { stdout } = await runHere('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema_version: 1,
      nodes: { total: 2, in: 2, probation: 1, cut: 0 },
      epoch: { epoch_id: 7, ends_in_seconds: 45 },
      log: { size: 250, published_size: 248, cosigned_by: ['w1', 'w2'] },
      findings: [],
      events: [{ index: 248, type: 'node_denied', node_id: 'node-c' }, { index: 249 }],
    });
  });

  it('shows nothing that a terminal would obey', async () => {
    const entry = { ...logPage.entries[0]?.entry, node_id: HOSTILE, type: HOSTILE };
    const page = { ...logPage, entries: [{ index: 9, entry }] };
    controller.answer({ ...fine, 'GET /v1/log/entries?from=0&limit=1000': { body: page } });
    expect((await runHere('status')).stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('health --check', () => {
  it('is 0 while nothing needs attention', async () => {
    const { exitCode, stdout, stderr } = await runHere('health', '--check');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^published head +248 entries, cosigned by w1, w2$/m);
    expect(stdout).toMatch(/\nnothing needs attention\n$/);
  });

  it('is 7 with the findings of status otherwise', async () => {
    controller.answer(troubled);
    const { exitCode, stdout, stderr } = await runHere('--json', 'health', '--check');
    expect(exitCode).toBe(7);
    expect(stderr).toBe('meshctl: needs attention: nodes_cut\n');
    const { findings } = JSON.parse((await runHere('--json', 'status')).stdout) as { findings: unknown };
    expect(JSON.parse(stdout)).toMatchObject({ schema_version: 1, status: 'ok', findings });
  });

  it('is 3 where no controller answers', async () => {
    expect((await meshctlHere(['health', '--check'], { socket: '/nowhere.sock' })).exitCode).toBe(3);
  });
});

/**
 * Runs `status --watch`. Before each further look a step is taken, and after the last one it is interrupted.
 */
async function watch(steps: readonly (() => void)[], args: string[] = [], isTerminal = false) {
  const [out, errors, waits] = [[] as string[], [] as string[], [] as number[]];
  const code = await run(['status', '--watch', ...args], {
    ...composePorts(),
    colours: false,
    screen: () => (isTerminal ? { columns: 60, rows: 5 } : undefined),
    writeOut: (text) => void out.push(text),
    writeError: (text) => void errors.push(text),
    wait: (ms) => {
      const step = steps[waits.length];
      waits.push(ms);
      if (step === undefined) return Promise.reject(new CliError('usage', 'interrupted'));
      step();
      return Promise.resolve();
    },
    env: { MESH_SOCKET: controller.path },
  });
  return { code, out, errors, waits };
}
const away = () => controller.answer({ 'GET /health': { status: 502, text: 'Bad Gateway' } });
const back = () => controller.answer(fine);

describe('status --watch', () => {
  it('looks again and again, as often as asked', async () => {
    const { out, waits } = await watch([back], ['--every', '5s', '--json']);
    expect(waits).toEqual([5_000, 5_000]);
    expect(out.map((line) => (JSON.parse(line) as { schema_version: number }).schema_version)).toEqual([
      1, 1,
    ]);
    expect(out.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  });

  it('says once that the controller does not answer, and goes on when it does', async () => {
    const { out, errors } = await watch([away, away, back]);
    expect(out).toHaveLength(2);
    expect(errors[0]).toMatch(/is not a controller's socket.*; asking again until it answers\n$/);
    expect(errors.slice(1)).toEqual(['meshctl: interrupted\n']);
  });

  it('takes the place of what was on a terminal, cut to it, and never leaves old figures there', async () => {
    const { out, errors } = await watch([away], [], true);
    expect(out[0]?.startsWith('\u001b[H')).toBe(true);
    expect(out[0]?.endsWith('\u001b[J')).toBe(true);
    expect(out[0]?.split('\n')).toHaveLength(5);
    expect(out[1]?.split('\n')).toEqual([
      expect.stringMatching(/meshctl: .*asking again until it answers/),
      '\u001b[J',
    ]);
    expect(errors).toEqual(['meshctl: interrupted\n']);
  });

  it('ends when the controller refuses, and where none answered at all', async () => {
    const body = { type: 'x', title: 'x', status: 403, code: 'forbidden', detail: 'no' };
    const refusing = () =>
      controller.answer({ 'GET /health': { status: 403, body } }, () => fine['GET /v1/brake'] ?? {});
    expect((await watch([refusing])).waits).toHaveLength(1);
    away();
    expect(await watch([back])).toMatchObject({ code: 3, out: [], waits: [] });
  });
});
