// meshctl policy backtest: the log's evidence under another policy, as a table, as JSON and as an exit code.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatRfc3339 } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeA } from '../support/fixtures.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(async () => {
  await controller.open();
});
afterAll(() => controller.close());

const NOW = Date.now();
const at = (minutesAgo: number) => formatRfc3339(Math.floor(NOW) - minutesAgo * 60_000);

type Entry = Readonly<Record<string, unknown>>;
const entry = (type: string, minutesAgo: number, over: Entry = {}): Entry => ({
  type,
  at: at(minutesAgo),
  data: {},
  ...over,
});
const result = (node_id: string, minutesAgo: number, overall: number, over: Entry = {}) =>
  entry('benchmark_accepted', minutesAgo, {
    node_id,
    revealed: {
      scores: { overall },
      samples: null,
      measured_by: 'self',
      suite_version: '1',
      measured_at: at(minutesAgo),
      arrived_at: at(minutesAgo),
    },
    ...over,
  });

/**
 * Node a is at 0.75 for a minute, and b always at 0.95. An old entry is out of the time that is asked for.
 */
const LOG: readonly Entry[] = [
  entry('node_enrolled', 600, { node_id: 'node-b', data: { class: 'default' } }),
  ...Array.from({ length: 10 }, (_, at) => 20 - at).flatMap((minutesAgo) => [
    result('node-a', minutesAgo, minutesAgo === 15 ? 0.75 : 0.9),
    result('node-b', minutesAgo, 0.95),
    entry('epoch_opened', minutesAgo - 0.5, { data: { cause: 'boundary' } }),
  ]),
];

function serve(log: readonly Entry[], nodes: readonly Entry[] = []): void {
  const inForce = {
    version: 1,
    sha256: '',
    policy: parsePolicy({ threshold: 0.7 }),
    from: 'operator',
    reason: 'x',
    changed_at: at(900),
    applied_at: at(900),
  };
  const trial = { sha256: '', differences: [], weaker: [], nodes: [] };
  controller.answer(
    {
      'GET /v1/policy': { body: { in_force: inForce, next: null } },
      'POST /v1/policy/check': { body: trial },
      'GET /v1/nodes': { body: { nodes } },
    },
    (line) => {
      const query = new URL(line.split(' ')[1] ?? '', 'http://localhost').searchParams;
      const from = Number(query.get('from'));
      const type = query.get('type');
      const found = log
        .map((one, index) => ({ index, entry: one }))
        .slice(from)
        .filter((one) => type === null || one.entry.type === type)
        // Small pages, so that several are read.
        .slice(0, Math.min(7, Number(query.get('limit'))));
      const next = found.length === 0 || type !== null ? log.length : (found.at(-1)?.index ?? 0) + 1;
      return { body: { size: log.length, root_hash: '', entries: found, next } };
    },
  );
}
beforeEach(() => serve(LOG));

const file = (name: string, text: string): string => {
  const path = join(controller.directory, name);
  writeFileSync(path, text);
  return path;
};
const backtest = (policy: string, ...args: string[]) =>
  meshctlHere([...args, 'policy', 'backtest', file('new.yaml', policy), '--since', '2h'], {
    socket: controller.path,
  });

describe('policy backtest', () => {
  it('says who would have been cut, when, for how long and why, and exits with 4', async () => {
    const { exitCode, stdout, stderr } = await backtest('threshold: 0.8');
    expect(stdout).toContain('20 results of 2 nodes, from ');
    expect(stdout).toMatch(/^NODE +EFFECT +CUT +IN +DECLINING +RECORDED CUTS +FIRST +WHY$/m);
    const first = LOG.find(
      (one) => one.type === 'benchmark_accepted' && one.node_id === 'node-a' && one.at === at(15),
    )?.at;
    expect(stdout).toMatch(
      new RegExp(
        `^node-a +cut +1 → 2 +\\d+m → \\d+m +0s +0 +${first} +overall 0\\.75 is below the policy's threshold of 0\\.80$`,
        'm',
      ),
    );
    expect(stdout).toContain('1 of 2 nodes would have stood as under the policy in force\n');
    expect(exitCode).toBe(4);
    expect(stderr).toContain('would have kept 1 of 2 nodes out for longer: node-a');
  });

  it('says the same as data', async () => {
    const { stdout } = await backtest('threshold: 0.8', '--json');
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      results: 20,
      erased_results: 0,
      nodes: [
        {
          node_id: 'node-a',
          effect: 'cut',
          now: { cuts: 1 },
          would_be: { cuts: 2 },
          first: { at: at(15), standing: 'denied', reason_code: 'below_threshold' },
        },
        { node_id: 'node-b', effect: 'none', first: null },
      ],
    });
    expect(document.nodes[0].now.in_seconds - document.nodes[0].would_be.in_seconds).toBe(90);
  });

  it('exits with 0 for a policy that would have cut nobody for longer', async () => {
    const { exitCode, stdout } = await backtest('threshold: 0.5');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 of 2 nodes would have stood as under the policy in force\n');
  });

  it('shows a decline, which is no cut', async () => {
    const { exitCode, stdout } = await backtest('threshold: 0.7\ndeclining: { below: 0.8 }');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^node-a +limited +1 .* overall 0\.75 is enough to stay/m);
  });

  it('counts recorded cuts, and results whose details were erased', async () => {
    serve([
      ...LOG,
      entry('node_denied', 5, { node_id: 'node-a' }),
      result('node-a', 4, 0.9, { revealed: undefined }),
    ]);
    const { stdout } = await backtest('threshold: 0.8', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      erased_results: 1,
      nodes: [{ recorded_cuts: 1 }, { recorded_cuts: 0 }],
    });
    expect((await backtest('threshold: 0.8')).stdout).toContain(
      '1 results are left out: their details were erased\n',
    );
  });

  it('begins with each node as it was then, by what is known now and what has changed since', async () => {
    const lenient = 'threshold: 0.8\nclasses: [{ name: lab, threshold: 0.5 }]';
    const node = { ...nodeA, class: 'lab' };
    serve(LOG, [node]);
    expect((await backtest(lenient)).exitCode).toBe(0);
    // It was moved to that class after all of this.
    const moved = entry('node_class_changed', 1, { node_id: 'node-a', data: { from: 'default', to: 'lab' } });
    serve([...LOG, moved], [node]);
    expect((await backtest(lenient)).exitCode).toBe(4);
    // A node that was quarantined until a moment ago was not in before either.
    serve([...LOG, entry('node_released', 1, { node_id: 'node-a' })], [nodeA]);
    expect((await backtest('threshold: 0.8')).exitCode).toBe(0);
  });

  it('says so if there is nothing from that time, and refuses a file that the controller refuses', async () => {
    serve([]);
    expect((await backtest('threshold: 0.8')).stdout).toBe('the log has nothing from that time\n');
    controller.answer({
      'POST /v1/policy/check': {
        status: 422,
        headers: { 'content-type': 'application/problem+json' },
        body: { type: 'about:blank', title: 'x', status: 422, code: 'policy_refused', detail: 'line 1: no' },
      },
    });
    const refused = await backtest('threshold: 8');
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('new.yaml: line 1: no');
  });
});
