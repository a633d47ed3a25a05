// Instant denial. It measures the time from the arrival of the cause (a bad score, the moment at which a
// benchmark turns stale, an operator's quarantine, officers' revocation) to the last packet and to the peer's
// removal on every other node. There are many denials among five real nodes, while the denied node's own
// agent is in different states. The other pairs must notice nothing.

import { type Lab, type Mesh, SPARSE_RATE, startMeters, until } from '@mesh/e2e';
import type { AgentState } from '../agent-state.ts';
import { REMOVAL } from '../mechanisms.ts';
import { OFFICERS } from '../officers.ts';
import { isDisturbedAt, quietWindows } from '../quiet-windows.ts';
import { addressesOf, inMesh, type Scenario, type ScenarioResult, type ScenarioRun } from '../scenario.ts';
import type { DenialKind } from './denial/denial.ts';
import { DenialRounds } from './denial/rounds.ts';
import { type MeasuredDenial, measure, spreadOf, summariseBy, summariseDenials } from './denial/summary.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof NODES)[number];
const VICTIMS = ['c', 'd', 'e'] as const;
const QUICK_NODES = ['a', 'b', 'c'] as const;
const EPOCH_MS = 2_000;
/**
 * Of the quick form without a mechanism: the publication of the next epoch, which would bring a denial that
 * no query is woken for, is then far away.
 */
const QUICK_EPOCH_MS_WITHOUT = 2 * EPOCH_MS;
const BENCHMARK_SECONDS = 2;
const MAX_BENCHMARK_AGE_SECONDS = 8;
/**
 * The quick form also runs on machines that are busy with other tests. Nobody turns stale there by accident.
 */
const QUICK_MAX_BENCHMARK_AGE_SECONDS = 15;
/** Not counting the time in which the programs waited for a core. */
const LIMIT_MS = 1_000;
/** Shorter than the limit, because a freeze that happens to be near would also bring the denial. */
const STALE_WITHIN_MS = 500;
const UNDER_WAY_MS = 500;

/** One denial, and what is done while its cause comes about by itself. */
interface Step {
  readonly kind: DenialKind;
  readonly victim: Name;
  readonly state: AgentState;
  readonly meanwhile?: readonly Step[];
}

export const denialScenario: Scenario = {
  about: 'a denied node is off every tunnel in under a second, and nobody else notices',
  mechanisms: {
    removal: REMOVAL,
    wake: {
      about: 'a change wakes no waiting query, so that agents hear of it with the next epoch',
      controller: [
        { module: 'apps/controller/src/publish/waiters.ts', replacedBy: 'e2e/faults/waiters-sleep-on.ts' },
      ],
    },
    staleness: {
      about: 'a node that turns stale is denied at the next freeze, not at that moment',
      controller: [
        {
          module: 'apps/controller/src/schedule/staleness-watch.ts',
          replacedBy: 'e2e/faults/staleness-unwatched.ts',
        },
      ],
    },
  },
  run: (run) => {
    const names: readonly Name[] = run.quick ? QUICK_NODES : NODES;
    return inMesh<Name, ScenarioResult>(
      run,
      names,
      {
        epochSeconds: epochMsOf(run) / 1_000,
        benchmarkSeconds: BENCHMARK_SECONDS,
        services: VICTIMS,
        maxBenchmarkAgeSeconds: maxAgeSeconds(run),
        controllerSettings: OFFICERS,
      },
      (mesh, lab) => denyAll(run, names, mesh, lab),
    );
  },
};

async function denyAll(
  run: ScenarioRun,
  names: readonly Name[],
  mesh: Mesh<Name>,
  lab: Lab<Name | 'controller'>,
): Promise<ScenarioResult> {
  const { quick, say } = run;
  const steps = quick ? quickSteps() : fullSteps();
  const meters = await startMeters<Name>(lab as unknown as Lab<Name>, {
    addresses: addressesOf(mesh, names),
    ...(quick && { rate: SPARSE_RATE }),
  });
  using rounds = new DenialRounds<Name>({
    mesh,
    lab,
    meters,
    names,
    maxBenchmarkAgeMs: maxAgeSeconds(run) * 1_000,
  });
  await until('packets on every stream', 20_000, () =>
    meters.all.every((meter) => meter.arrivals().length > 0) ? true : undefined,
  );
  const before = (await rounds.log()).length;
  const fromMs = Date.now();
  // It begins right after an epoch was published, so that the next publication cannot bring the first denial.
  const epochMs = epochMsOf(run);
  await until('an epoch is published', 2 * epochMs, () =>
    isShortlyAfterFreeze(Date.now(), epochMs) ? true : undefined,
  );
  let broken = false;
  const take = async ({ kind, victim, state, meanwhile = [] }: Step): Promise<void> => {
    const denial = await rounds.deny(kind, victim, state, () => takeAll(meanwhile));
    const measured = measure(denial, meters);
    const { lastPacketMs, removedAfterMs } = measured;
    const ms = (value: number) => `${Math.round(value)} ms`;
    if (quick || rounds.denials.length % 10 === 0)
      say(
        `${rounds.denials.length}: ${kind} of ${victim} (${state}): last packet after ${ms(lastPacketMs)}, removed after ${ms(removedAfterMs)}`,
      );
    // One failure is enough: the rest would only take time.
    broken ||= run.without !== undefined && !(isInTime(measured) && isAtThatMoment(measured));
    if (!broken && kind !== 'revocation') await rounds.letBack(denial);
  };
  const takeAll = async (all: readonly Step[]): Promise<void> => {
    for (const step of all) if (!broken) await take(step);
  };
  await takeAll(steps);
  const toMs = Date.now();
  await meters.stop();

  const denials = rounds.denials.map((denial) => measure(denial, meters));
  const quiet = meters.all.flatMap((meter) =>
    quietWindows(
      rounds.disturbances,
      [meter.from as Name, meter.to as Name],
      { fromMs, toMs },
      UNDER_WAY_MS,
    ).map((window) => meter.window(window.fromMs, window.toMs)),
  );
  const lost = quiet.reduce((sum, window) => sum + window.lost + window.sendErrors, 0);
  const stale = denials.filter(({ kind }) => kind === 'stale');
  const notPlanned = (await rounds.log())
    .slice(before)
    .filter(
      ({ entry, index }) =>
        entry.type === 'node_denied' &&
        !denials.some((denial) => denial.index === index) &&
        // A score from before its agent was lost can let a node in for a moment, until it turns stale.
        !isDisturbedAt(rounds.disturbances, String(entry.node_id), Date.parse(String(entry.at))),
    )
    .map(
      ({ entry }) =>
        `${entry.node_id} at ${entry.at}: ${(entry.data as { reason_code: string }).reason_code}`,
    );
  const sent = quiet.reduce((sum, window) => sum + window.sent, 0);
  const claims = {
    in_time: denials.every(isInTime),
    stale_at_that_moment: denials.every(isAtThatMoment),
    nobody_else_denied: notPlanned.length === 0,
    others_lost_nothing: sent > 0 && lost === 0,
  };
  const measured = {
    claims,
    nodes: names.length,
    ...summariseDenials(denials),
    by_kind: summariseBy(denials, 'kind'),
    by_agent: summariseBy(denials, 'state'),
    ...(stale.length === 0
      ? {}
      : { stale_to_denied_ms: spreadOf(stale.map(({ arrivedMs, deniedMs }) => deniedMs - arrivedMs)) }),
    still_shown_by_wg: denials.reduce((sum, { stillOn }) => sum + stillOn.length, 0),
    not_planned: notPlanned,
    others_sent: sent,
    others_lost: lost,
  };
  return { ok: Object.values(claims).every(Boolean), measured };
}

const maxAgeSeconds = ({ quick }: ScenarioRun): number =>
  quick ? QUICK_MAX_BENCHMARK_AGE_SECONDS : MAX_BENCHMARK_AGE_SECONDS;

function isInTime({ lastPacketMs, removedAfterMs, waitedMs, stillOn }: MeasuredDenial<Name>): boolean {
  return Math.max(lastPacketMs, removedAfterMs) - waitedMs < LIMIT_MS && stillOn.length === 0;
}

function isAtThatMoment({ kind, arrivedMs, deniedMs, controllerWaitedMs }: MeasuredDenial<Name>): boolean {
  return kind !== 'stale' || deniedMs - arrivedMs - controllerWaitedMs < STALE_WITHIN_MS;
}

const epochMsOf = ({ quick, without }: ScenarioRun): number =>
  quick && without !== undefined ? QUICK_EPOCH_MS_WITHOUT : EPOCH_MS;

function isShortlyAfterFreeze(nowMs: number, epochMs: number): boolean {
  const leadMs = epochMs / 4;
  const sinceMs = (nowMs % epochMs) - (epochMs - leadMs);
  return sinceMs > leadMs / 4 && sinceMs < leadMs / 2;
}

function quickSteps(): Step[] {
  return [
    { kind: 'quarantine', victim: 'c', state: 'running' },
    { kind: 'quarantine', victim: 'c', state: 'cut' },
    { kind: 'bad_score', victim: 'c', state: 'running' },
    { kind: 'stale', victim: 'c', state: 'stopped' },
    { kind: 'revocation', victim: 'c', state: 'running' },
  ];
}

/** 20 stale, 22 bad scores, 56 quarantines and 3 revocations. */
function fullSteps(): Step[] {
  const lost = ['stopped', 'killed', 'cut'] as const;
  const victimOf = (at: number): Name => VICTIMS[at % VICTIMS.length] ?? 'c';
  const stale = Array.from({ length: 20 }, (_, at): Step[] => {
    const running = { state: 'running' } as const;
    return [
      {
        kind: 'stale',
        victim: victimOf(at),
        state: lost[Math.floor(at / VICTIMS.length) % lost.length] ?? 'stopped',
        // This takes about as long as the benchmark takes to turn stale.
        meanwhile: [
          { kind: 'quarantine', victim: victimOf(at + 1), ...running },
          { kind: 'bad_score', victim: victimOf(at + 2), ...running },
        ],
      },
      { kind: 'quarantine', victim: victimOf(at + 1), ...running },
    ];
  });
  const quarantines = Array.from(
    { length: 16 },
    (_, at): Step => ({
      kind: 'quarantine',
      victim: victimOf(at),
      state: [...lost, 'running' as const][at % 4] ?? 'running',
    }),
  );
  return [
    ...stale.flat(),
    ...quarantines,
    { kind: 'bad_score', victim: 'c', state: 'running' },
    { kind: 'bad_score', victim: 'd', state: 'running' },
    { kind: 'revocation', victim: 'e', state: 'running' },
    { kind: 'revocation', victim: 'd', state: 'stopped' },
    { kind: 'revocation', victim: 'c', state: 'cut' },
  ];
}
