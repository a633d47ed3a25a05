import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeA } from '../support/fixtures.ts';
import { meshctl, meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());
const run = (...args: string[]) => meshctl(args, { socket: controller.path });
const runHere = (...args: string[]) => meshctlHere(args, { socket: controller.path });

const usable = {
  token_id: 'AQEBAQEBAQEB',
  state: 'usable',
  uses_left: 2,
  class: 'default',
  node_id: null,
  expires_at: '2026-01-05T13:00:00.000Z',
  approve: true,
  nodes: ['node-a'],
};
const spent = {
  ...usable,
  token_id: 'BQEBAQEBAQEB',
  state: 'spent',
  uses_left: 0,
  approve: false,
  nodes: [],
};

describe('tokens list', () => {
  const listing = { 'GET /v1/tokens': { body: { tokens: [usable, spent] } } };

  it('shows the usable ones, and with --all the others too', async () => {
    controller.answer(listing);
    const { exitCode, stdout } = await run('tokens', 'list');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^AQEBAQEBAQEB +usable +2 +default +any +needed +2026\S+ +node-a$/m);
    expect(stdout).not.toContain('BQEBAQEBAQEB');
    expect((await runHere('tokens', 'list', '--all')).stdout).toMatch(/^BQEBAQEBAQEB +spent +0 /m);
  });
  it('--json prints one document', async () => {
    controller.answer(listing);
    expect(JSON.parse((await runHere('--json', 'tokens', 'list')).stdout)).toEqual({
      schema_version: 1,
      tokens: [usable],
    });
  });
  it('says what to do when no token is usable', async () => {
    controller.answer({ 'GET /v1/tokens': { body: { tokens: [spent] } } });
    expect((await runHere('tokens', 'list')).stdout).toContain('meshctl tokens create');
  });
});

it('tokens withdraw sends the id and the reason', async () => {
  controller.answer({ 'POST /v1/tokens/withdraw': { body: { ...usable, state: 'withdrawn' } } });
  const { exitCode, stdout } = await run('tokens', 'withdraw', 'AQEBAQEBAQEB', '--reason', 'it leaked');
  expect([exitCode, stdout.includes('withdrawn')]).toEqual([0, true]);
  const body = { token_id: 'AQEBAQEBAQEB', reason: 'it leaked' };
  expect(controller.seen).toEqual([{ line: 'POST /v1/tokens/withdraw', body }]);
});

it('tokens create --approve asks for a token whose nodes wait', async () => {
  controller.answer({ 'POST /v1/tokens': { status: 503, body: {} } });
  await runHere('tokens', 'create', '--approve');
  expect(controller.seen).toEqual([{ line: 'POST /v1/tokens', body: { approve: true } }]);
});

describe.each([
  ['approve', ['node-a'], 'approve', { reason: 'known' }],
  ['reject', ['node-a'], 'reject', { reason: 'known' }],
  ['set-class', ['node-a', 'gpu'], 'class', { class: 'gpu', reason: 'known' }],
])('nodes %s', (name, args, path, body) => {
  it('sends its request and shows how the node stands', async () => {
    controller.answer({ [`POST /v1/nodes/node-a/${path}`]: { body: nodeA } });
    const { exitCode, stdout } = await run('nodes', name, ...args, '--reason', 'known');
    expect([exitCode, stdout.includes('ALLOWED')]).toEqual([0, true]);
    expect(controller.seen).toEqual([{ line: `POST /v1/nodes/node-a/${path}`, body }]);
  });
  it('needs a reason and a node id', async () => {
    controller.answer({});
    expect((await runHere('nodes', name, ...args)).stderr).toContain('--reason');
    expect((await runHere('nodes', name, '..', 'gpu', '--reason', 'x')).exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});

describe('nodes delete', () => {
  const deleted = {
    node_id: 'node-a',
    addresses: ['10.77.0.1'],
    addresses_held_until: '2026-01-05T13:04:00.000Z',
  };
  const granting = { 'POST /v1/nodes/node-a/delete': { body: deleted } };

  it('asks for --yes where nobody can be asked', async () => {
    controller.answer(granting);
    const { exitCode, stderr } = await runHere('nodes', 'delete', 'node-a', '--reason', 'gone');
    expect([exitCode, stderr.includes('--yes')]).toEqual([2, true]);
    expect(controller.seen).toEqual([]);
  });
  it('says until when the addresses are held', async () => {
    controller.answer(granting);
    const { exitCode, stdout } = await run('nodes', 'delete', 'node-a', '--reason', 'gone', '--yes');
    expect([exitCode, stdout.includes('2026-01-05T13:04:00.000Z')]).toEqual([0, true]);
    expect(controller.seen).toEqual([{ line: 'POST /v1/nodes/node-a/delete', body: { reason: 'gone' } }]);
  });
});

describe('nodes erase', () => {
  const erased = { node_id: 'node-a', erased_before: 9, keeps_newest: true };
  const granting = { 'POST /v1/nodes/node-a/erase': { body: erased } };

  it('asks for --yes where nobody can be asked', async () => {
    controller.answer(granting);
    const { exitCode, stderr } = await runHere('nodes', 'erase', 'node-a', '--reason', 'asked');
    expect([exitCode, stderr.includes('--yes')]).toEqual([2, true]);
    expect(controller.seen).toEqual([]);
  });
  it('says what is erased, what is kept, and that backups still hold it', async () => {
    controller.answer(granting);
    const { stdout } = await runHere('nodes', 'erase', 'node-a', '--reason', 'asked', '--yes');
    expect(stdout).toMatch(/entries before 9\n[\s\S]*newest benchmark[\s\S]*delete backups/);
    expect(controller.seen).toEqual([{ line: 'POST /v1/nodes/node-a/erase', body: { reason: 'asked' } }]);
    controller.answer({ 'POST /v1/nodes/node-a/erase': { body: { ...erased, keeps_newest: false } } });
    expect((await runHere('nodes', 'erase', 'node-a', '--reason', 'x', '--yes')).stdout).not.toMatch(
      /newest/,
    );
  });
});

describe('health', () => {
  const health = {
    status: 'ok',
    epoch_id: 7,
    refused_total: { tls_handshake: 2, node_rate: 0 },
    flood_since: null,
  };
  const storage = {
    database_bytes: 12_300_000,
    free_bytes: 400_000,
    wal_bytes: 0,
    log_entries: 99,
    details_days: null,
    erasures_pending: 0,
  };
  const shown = async (body: object) => {
    controller.answer({ 'GET /health': { body } });
    return (await runHere('health')).stdout;
  };

  it('shows what was refused, and how much the database has grown', async () => {
    const text = await shown({ ...health, storage });
    expect(text).toMatch(/refused\s+tls_handshake 2\n/);
    expect(text).toMatch(/database\s+12\.3 MB, 0\.4 MB of it free\n[\s\S]*log entries\s+99\n[\s\S]*for ever/);
    expect(text).not.toMatch(/under way/);
    expect(text).not.toMatch(/digests|tiles/);
    const grows = { ...storage, configs_days: 30, move_after_days: null };
    expect(await shown({ ...health, storage: grows })).toMatch(
      /digests of configs\s+are kept for 30 days\ntiles of the log\s+stay in the database: set log.folder/,
    );
    expect(await shown({ ...health, storage: { ...grows, move_after_days: 7 } })).toMatch(/after 7 days\n/);
    const bounded = { ...storage, details_days: 90, erasures_pending: 1 };
    expect(await shown({ ...health, storage: bounded })).toMatch(/for 90 days\nerasures\s+1 under way/);
  });

  it('shows what has moved to the folder of the published log', async () => {
    const moved = { tiles: 12, bytes: 1_340_000, folder: '/srv/log' };
    expect(await shown({ ...health, storage: { ...storage, moved } })).toMatch(
      /moved tiles\s+12 with 3072 entries, 1\.3 MB in \/srv\/log\n/,
    );
    expect(await shown({ ...health, storage })).not.toMatch(/moved/);
  });

  it('shows what an older controller tells', async () => {
    expect(await shown(health)).not.toMatch(/database/);
  });

  it('shows examiners that lost the role, and exams that are overdue', async () => {
    const exams = { suspended_examiners: ['node-d'], overdue: 3, overdue_nodes: ['node-a', 'node-b'] };
    const text = await shown({ ...health, exams });
    expect(text).toMatch(/suspended examiners\s+node-d: look at meshctl examiners list\n/);
    expect(text).toMatch(/exams overdue\s+3: node-a, node-b, and 1 more\n/);
    const quiet = await shown({
      ...health,
      exams: { suspended_examiners: [], overdue: 0, overdue_nodes: [] },
    });
    expect(quiet).toMatch(/suspended examiners\s+none\nexams overdue\s+none\n/);
    expect(await shown(health)).not.toContain('exams');
  });

  it('shows the published head, who has cosigned the next one, and who refuses the log', async () => {
    const log = {
      published_size: 40,
      offered_size: 42,
      member_cosignatures: 1,
      required_member_cosignatures: 2,
      refused_by: ['node-a', 'node-b'],
    };
    const text = await shown({ ...health, log });
    expect(text).toMatch(/published head\s+40 entries/);
    expect(text).toMatch(/head for nodes\s+42 entries, cosigned by 1 of 2 members that have to/);
    expect(text).toMatch(/log refused by\s+node-a, node-b/);
    const quiet = await shown({
      ...health,
      log: { ...log, required_member_cosignatures: 0, refused_by: [] },
    });
    expect(quiet).not.toMatch(/head for nodes/);
    expect(quiet).toMatch(/log refused by\s+nobody/);
  });
});
