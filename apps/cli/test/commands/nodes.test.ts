import { problem } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  detailOfA,
  failingNode,
  HOSTILE,
  limitedNode,
  nodeA,
  nodeWithLongName,
} from '../support/fixtures.ts';
import { meshctl, meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());
const run = (...args: string[]) => meshctl(args, { socket: controller.path });
const runHere = (...args: string[]) => meshctlHere(args, { socket: controller.path });
const listing = (...nodes: unknown[]) => controller.answer({ 'GET /v1/nodes': { body: { nodes } } });

describe('nodes quarantine', () => {
  it('sends how long it lasts, and shows when it ends', async () => {
    controller.answer({ 'POST /v1/nodes/node-a/quarantine': { body: { ...nodeWithLongName } } });
    const { stdout } = await runHere('nodes', 'quarantine', 'node-a', '--reason', 'odd', '--for', '2h');
    expect(controller.seen[0]?.body).toEqual({ reason: 'odd', for_seconds: 7200 });
    expect(stdout).toMatch(/^until +2026-01-05T14:35:00\.000Z$/m);
  });

  it('lasts until a release without that', async () => {
    controller.answer({ 'POST /v1/nodes/node-a/quarantine': { body: nodeA } });
    const { stdout } = await runHere('nodes', 'quarantine', 'node-a', '--reason', 'odd');
    expect(controller.seen[0]?.body).toEqual({ reason: 'odd' });
    expect(stdout).not.toContain('until');
  });
});

describe('nodes list', () => {
  it('shows an aligned table without colours if there is no terminal', async () => {
    listing(nodeA, nodeWithLongName);
    const { exitCode, stdout, stderr } = await run('nodes', 'list');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'NODE                       STATUS       MEMBERSHIP  CLASS    SCORE  LIMIT  ADDRESSES          ENDPOINT         LAST SEEN                 REASON',
        'node-a                     active       ALLOWED     default  0.920  -      10.77.0.1          192.0.2.1:51820  2026-01-05T12:35:00.000Z  overall 0.92 meets 0.70',
        'a-node-with-a-longer-name  quarantined  DENIED      default  -      -      10.77.0.2,fd00::2  -                never                     quarantined by an operator',
        '',
      ].join('\n'),
    );
  });

  it('shows the limit that applies and every cause of a limit', async () => {
    listing(nodeA, limitedNode);
    const { stdout } = await runHere('nodes', 'list');
    expect(stdout).toMatch(
      /^node-l +active +ALLOWED +default +0\.740 +2 Mbit\/s \(declining, probation 5 Mbit\/s until epoch 12, class 8 Mbit\/s\) +10/m,
    );
    listing(limitedNode);
    expect(JSON.parse((await runHere('nodes', 'list', '--json')).stdout).nodes[0]).toMatchObject({
      declining: true,
      limits: limitedNode.limits,
      probation_until_epoch: 12,
    });
  });

  it('shows what a node itself reports as failing, and since when', async () => {
    listing(nodeA, failingNode);
    const { stdout } = await runHere('nodes', 'list');
    expect(stdout).toMatch(/^node-a .* overall 0\.92 meets 0\.70$/m);
    expect(stdout).toMatch(
      /^node-f .* overall 0\.92 meets 0\.70; its tunnel has been failing since 2026-01-05T12:00:00\.000Z: interface_taken: mesh0 is a bridge; its measuring has been failing since .*: unanswered: 24 of 24 unanswered$/m,
    );
    controller.answer({ 'GET /v1/nodes/node-f': { body: { ...detailOfA, ...failingNode } } });
    expect((await runHere('nodes', 'show', 'node-f')).stdout).toMatch(
      /^trouble +its tunnel has been failing since 2026-01-05T12:00:00\.000Z: interface_taken: mesh0 is a bridge$/m,
    );
  });

  it('says what to do when no node has enrolled', async () => {
    listing();
    const { exitCode, stdout } = await run('nodes', 'list');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('meshctl tokens create');
  });

  it('--json prints one document: the controller’s answer, with the version of its schema', async () => {
    listing(nodeA, nodeWithLongName);
    const { stdout, stderr } = await run('nodes', 'list', '--json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ schema_version: 1, nodes: [nodeA, nodeWithLongName] });
  });

  it.each([[[]], [['--json']]])(
    'text of a node or a controller cannot move the cursor or forge a row (%j)',
    async (json) => {
      const hostile = { ...nodeA, reason: HOSTILE, class: HOSTILE, endpoint: HOSTILE, addresses: [HOSTILE] };
      listing(hostile);
      const { exitCode, stdout } = await runHere('nodes', 'list', ...json);
      expect(exitCode).toBe(0);
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      if (json.length > 0) expect(JSON.parse(stdout)).toEqual({ schema_version: 1, nodes: [hostile] });
      else expect(stdout.trimEnd().split('\n')).toHaveLength(2);
    },
  );
});

describe('nodes show', () => {
  it('shows keys, scores and the latest log entries', async () => {
    controller.answer({ 'GET /v1/nodes/node-a': { body: detailOfA } });
    const { exitCode, stdout } = await run('nodes', 'show', 'node-a');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`identity key     ${detailOfA.identity_key}`);
    // The score is truncated and not rounded: 0.6999 is below 0.70.
    expect(stdout).toMatch(/^refusal {2}0\.699$/m);
    expect(stdout).toMatch(/^248 .*node_denied .*"reason_code":"below_threshold"/m);
  });

  it('shows what each score proves, and how far its alarm is', async () => {
    const judged = [
      {
        ...{ metric: 'overall', score: 0.92, samples: 50, limit: 0.8 },
        ...{ lower: 0.8116, upper: 0.9684, alarm: { evidence: 41.9, limit: 10_000, prompts: 150 } },
      },
      { metric: 'refusal', score: 0.6999, samples: 0, limit: 0.7, lower: null, upper: null, alarm: null },
    ];
    controller.answer({ 'GET /v1/nodes/node-a': { body: { ...detailOfA, judged } } });
    const { stdout } = await runHere('nodes', 'show', 'node-a');
    expect(stdout).toMatch(/^METRIC +SCORE +ASKED +PROMPTS +BETWEEN +ALARM$/m);
    expect(stdout).toMatch(/^overall +0\.920 +0\.800 +50 +0\.811 to 0\.968 +41 of 10000$/m);
    expect(stdout).toMatch(/^refusal +0\.699 +0\.700 +- +- +-$/m);
    // A controller that does not say, and a policy that compares points.
    controller.answer({ 'GET /v1/nodes/node-a': { body: detailOfA } });
    expect((await runHere('nodes', 'show', 'node-a')).stdout).toMatch(/^METRIC +SCORE$/m);
  });

  it('shows what each drift signal says, and nothing of them where the policy has none', async () => {
    const drift = [
      {
        ...{ signal: 'cusum', action: 'probation', speaks: true, value: 9, limit: 8 },
        sentence: 'refusal: worse than was usual',
      },
      {
        signal: 'ewma',
        action: 'advise',
        speaks: false,
        value: 0,
        limit: 0.8,
        sentence: 'overall: as usual',
      },
    ];
    controller.answer({ 'GET /v1/nodes/node-a': { body: { ...detailOfA, drift } } });
    const { stdout } = await runHere('nodes', 'show', 'node-a');
    expect(stdout).toMatch(/^SIGNAL +SPEAKS +LEADS TO +WHY$/m);
    expect(stdout).toMatch(/^cusum +yes +probation +refusal: worse than was usual$/m);
    expect(stdout).toMatch(/^ewma +no +nothing +overall: as usual$/m);
    controller.answer({ 'GET /v1/nodes/node-a': { body: { ...detailOfA, drift: [] } } });
    expect((await runHere('nodes', 'show', 'node-a')).stdout).not.toContain('SIGNAL');
  });

  it('shows the class, the limit, probation and decline of the node, and the limit of each pair', async () => {
    controller.answer({ 'GET /v1/nodes/node-l': { body: { ...detailOfA, ...limitedNode } } });
    const { stdout } = await runHere('nodes', 'show', 'node-l');
    expect(stdout).toMatch(/^class +default$/m);
    expect(stdout).toMatch(
      /^limit +2 Mbit\/s \(declining, probation 5 Mbit\/s until epoch 12, class 8 Mbit\/s\)$/m,
    );
    expect(stdout).toMatch(/^probation +until epoch 12$/m);
    expect(stdout).toMatch(/^declining +yes$/m);
    expect(stdout).toMatch(/^PEER .* HANDSHAKE +LIMIT/m);
    expect(stdout).toMatch(/^node-b .* 5 Mbit\/s/m);
    controller.answer({ 'GET /v1/nodes/node-a': { body: detailOfA } });
    const plain = await runHere('nodes', 'show', 'node-a');
    expect(plain.stdout).toMatch(/^limit +none$/m);
    expect(plain.stdout).toMatch(/^probation +no$/m);
    expect(plain.stdout).toMatch(/^declining +no$/m);
  });

  it('shows each pair as both ends report it, and says where the keys are suspected to differ', async () => {
    controller.answer({ 'GET /v1/nodes/node-a': { body: detailOfA } });
    const { stdout } = await runHere('nodes', 'show', 'node-a');
    expect(stdout).toMatch(/^PEER +EPOCH HERE +EPOCH THERE +HANDSHAKE/m);
    expect(stdout).toMatch(/^node-b +7 +7 +12 s ago +5 Mbit\/s +-$/m);
    expect(stdout).toMatch(/^node-c +7 +- +never +- +PSK mismatch suspected$/m);
  });

  it('a node that does not exist is a refusal', async () => {
    controller.answer({
      'GET /v1/nodes/node-x': { status: 404, body: problem('not_found', 'no such node') },
    });
    const { exitCode, stdout, stderr } = await run('--json', 'nodes', 'show', 'node-x');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe('meshctl: the controller refused: not_found: no such node\n');
  });

  it.each(['..', '.', '', 'a/b', 'node-a?x=1', 'NODE'])('%j is no node id: nothing is sent', async (id) => {
    controller.answer({});
    const { exitCode } = await runHere('nodes', 'show', id);
    expect(exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});

describe.each([
  ['quarantine', []],
  ['release', []],
  ['revoke', ['--yes']],
] as const)('nodes %s', (change, flags) => {
  it('sends the reason and shows how the node stands', async () => {
    const line = `POST /v1/nodes/node-a/${change}`;
    controller.answer({ [line]: { body: nodeWithLongName } });
    const { exitCode, stdout } = await runHere(
      'nodes',
      change,
      'node-a',
      '--reason',
      'leaks secrets',
      ...flags,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^membership {2}DENIED$/m);
    expect(controller.seen).toEqual([{ line, body: { reason: 'leaks secrets' } }]);
  });

  it('without a reason, or with one that is not a line of text, sends nothing', async () => {
    controller.answer({});
    for (const reason of [[], ['--reason', ''], ['--reason', 'a\nb'], ['--reason', 'x'.repeat(513)]])
      expect((await runHere('nodes', change, 'node-a', ...reason, ...flags)).exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});

describe('nodes reset-sequence', () => {
  const line = 'POST /v1/nodes/node-a/reset-sequence';
  const args = ['nodes', 'reset-sequence', 'node-a', '--reason', 'its counter ran away'];
  const lowered = [{ kind: 'benchmark', from: Number.MAX_SAFE_INTEGER, to: 1_890_000_000_000 }];

  it('sends the reason and shows which sequences were lowered, and their old and new values', async () => {
    controller.answer({ [line]: { body: { node_id: 'node-a', lowered } } });
    const { exitCode, stdout } = await runHere(...args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^benchmark +9007199254740991 +1890000000000$/m);
    expect(controller.seen).toEqual([{ line, body: { reason: 'its counter ran away' } }]);
    expect(JSON.parse((await runHere(...args, '--json')).stdout)).toEqual({
      schema_version: 1,
      node_id: 'node-a',
      lowered,
    });
  });

  it('says that no sequence had to be lowered', async () => {
    controller.answer({ [line]: { body: { node_id: 'node-a', lowered: [] } } });
    const { exitCode, stdout } = await runHere(...args);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('nothing needed a reset'),
    });
  });

  it('without a reason sends nothing', async () => {
    controller.answer({});
    expect((await runHere('nodes', 'reset-sequence', 'node-a')).exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});

it('nodes revoke without --yes and without a terminal does nothing', async () => {
  controller.answer({});
  const { exitCode, stderr } = await run('nodes', 'revoke', 'node-a', '--reason', 'x');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--yes');
  expect(controller.seen).toEqual([]);
});
