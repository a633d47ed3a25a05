// A node whose service gets worse, but stays good enough, is noticed: it is put on probation, limited, and
// asked to measure more often, and it stays in. A node that stays as it is, is not. The replay of the log
// under another policy says who would have been cut.

import { type Mesh, until, within } from '@mesh/e2e';
import { inMesh, type Scenario, untilAllIn } from '../scenario.ts';
import { backtest } from './drift/backtest.ts';

const NODES = ['sinking', 'steady'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 3;
const LEARN = 10;
const LIMIT = 5_000_000;
/** The most that an agent can be asked for. */
const MEASURE_EVERY_SECONDS = 5;
/** A node that measures more often takes at most so much of its own interval, whatever the machine does. */
const SOONER = 0.75;

const POLICY = {
  threshold: 0.5,
  minResultGapMs: 1_000,
  drift: { learn: LEARN, memory: 1_000, ewma: {}, cusum: { action: 'probation' } },
  probation: { measureEveryMs: MEASURE_EVERY_SECONDS * 1_000 },
};

export const driftScenario: Scenario = {
  about:
    'a node that is worse than it was, and good enough, is put on probation, measured more often, and not cut',
  mechanisms: {
    signals: {
      about: 'the signals remember nothing of the results',
      controller: [
        {
          module: 'packages/scoring/src/signals/drift.ts',
          replacedBy: 'e2e/faults/nothing-remembered.ts',
        },
      ],
    },
  },
  run: (run) => {
    // The pace shows only where the agents measure less often than they can be asked to.
    const benchmarkSeconds = run.quick ? 2 : 3 * MEASURE_EVERY_SECONDS;
    return inMesh<Name, { ok: boolean; measured: Record<string, unknown> }>(
      run,
      NODES,
      {
        epochSeconds: EPOCH_SECONDS,
        benchmarkSeconds,
        policy: POLICY,
        controllerSettings: { probation: { limit_bits_per_second: LIMIT, epochs: 1_000 } },
      },
      async (mesh, lab) => {
        await untilAllIn(mesh, NODES);
        await until('what is usual has been learnt', 40 * LEARN * benchmarkSeconds * 100, async () =>
          (await resultsOf(mesh, 'sinking')).length > LEARN + 1 ? true : undefined,
        );
        run.say('learnt; the service of one node begins to flatter');
        const before = (await resultsOf(mesh, 'sinking')).length;
        mesh.node('sinking').become('flattering');
        const limitMs = 20 * benchmarkSeconds * 1_000;
        const began = await within('it is noticed', limitMs, () => probationOf(mesh, 'sinking')).catch(
          () => undefined,
        );
        const noticedAfter = (await resultsOf(mesh, 'sinking')).length - before;
        run.say(began === undefined ? 'it was not noticed' : `noticed after ${noticedAfter} results`);
        const pace = run.quick || began === undefined ? undefined : await paceOf(mesh, began);
        const sinking = await mesh.admin.node('sinking');
        const steady = await mesh.admin.node('steady');
        const limited = sinking.limits.some(({ cause }) => cause === 'probation');
        const steadyBegan = await probationOf(mesh, 'steady');
        const same = await backtest(mesh, lab, POLICY);
        const stricter = await backtest(mesh, lab, { ...POLICY, threshold: 0.8 });
        const isReplayed =
          same.exitCode === 0 &&
          NODES.every((name) => same.effects[name] === 'none') &&
          stricter.exitCode === 4 &&
          stricter.effects.sinking === 'cut' &&
          stricter.effects.steady === 'none';
        const isSooner = pace === undefined || pace < SOONER * benchmarkSeconds;
        return {
          ok:
            began !== undefined &&
            limited &&
            isSooner &&
            isReplayed &&
            steadyBegan === undefined &&
            [sinking, steady].every(({ membership }) => membership === 'ALLOWED'),
          measured: {
            noticed_after_results: began === undefined ? null : noticedAfter,
            said: sinking.drift?.find(({ speaks }) => speaks)?.sentence ?? null,
            on_probation: limited,
            seconds_between_results: pace ?? null,
            set_to_seconds: benchmarkSeconds,
            membership: sinking.membership,
            steady_on_probation: steadyBegan !== undefined,
            backtest_of_the_same_policy: same,
            backtest_at_threshold_0_8: stricter,
          },
        };
      },
    );
  },
};

/** When each accepted result of the node arrived, by the log. */
async function resultsOf(mesh: Mesh<Name>, name: Name): Promise<readonly number[]> {
  return timesOf(mesh, name, 'benchmark_accepted');
}

/** When the node was put on probation; undefined if it was not. */
async function probationOf(mesh: Mesh<Name>, name: Name): Promise<number | undefined> {
  return (await timesOf(mesh, name, 'probation_began'))[0];
}

async function timesOf(mesh: Mesh<Name>, name: Name, type: string): Promise<readonly number[]> {
  return (await mesh.log())
    .filter(({ entry }) => entry.type === type && entry.node_id === name)
    .map(({ entry }) => Date.parse(String(entry.at)));
}

/** The median time between the node's results from `sinceMs` on, in seconds, once there are some. */
async function paceOf(mesh: Mesh<Name>, sinceMs: number): Promise<number> {
  const times = await until('some results at the new pace', 120_000, async () => {
    const later = (await resultsOf(mesh, 'sinking')).filter((atMs) => atMs >= sinceMs);
    return later.length >= 5 ? later : undefined;
  });
  const gaps = times.slice(1).map((atMs, at) => (atMs - (times[at] as number)) / 1_000);
  return gaps.sort((one, other) => one - other)[Math.floor(gaps.length / 2)] as number;
}
