// Disturbs agents while keys rotate: it stops them over a boundary, kills them within the lead or between two
// boundaries, and cuts them off from the controller over two boundaries. It does so to one agent at a time,
// and each must catch up before the next.

import { type AgentLine, AgentLog, type Lab, type Mesh, until, within } from '@mesh/e2e';
import { type AgentState, bringBack, lose } from '../../agent-state.ts';
import type { Disturbance } from '../../quiet-windows.ts';
import { lateSetMs } from './key-changes.ts';

export interface Trial<Name extends string> {
  readonly name: Name;
  readonly state: Exclude<AgentState, 'running'>;
  /**
   * Boundaries that pass before the agent is back; `lead`: killed between publication and boundary, back at
   * once.
   */
  readonly over: number | 'lead';
}

export interface TrialResult<Name extends string> extends Trial<Name> {
  readonly lostMs: number;
  readonly backMs: number;
  /**
   * When the agent again had the keys of the epoch in force for every peer; undefined: not within a minute.
   */
  readonly caughtUpMs: number | undefined;
  /** For `lead`: lost before the boundary of the epoch that had just been published. */
  readonly withinLead: boolean;
}

export interface TrialsOptions<Name extends string> {
  readonly mesh: Mesh<Name>;
  readonly lab: Lab<Name | 'controller'>;
  readonly epochMs: number;
  /** No trial begins after this. */
  readonly untilMs: number;
}

/** The agent comes back this long after the last boundary, so that the new epoch is in force. */
const AFTER_BOUNDARY_MS = 1_000;
const CATCH_UP_MS = 60_000;

export class RotationTrials<Name extends string> {
  readonly #options: TrialsOptions<Name>;
  readonly results: TrialResult<Name>[] = [];
  /** From the loss of an agent until it has caught up. */
  readonly disturbances: Disturbance<Name>[] = [];

  constructor(options: TrialsOptions<Name>) {
    this.#options = options;
  }

  /** Repeats the list from the start until the time is over. */
  async run(trials: readonly Trial<Name>[], say: (result: TrialResult<Name>) => void): Promise<void> {
    for (let at = 0; Date.now() < this.#options.untilMs; at++) {
      const trial = trials[at % trials.length];
      if (trial === undefined) return;
      const result = await this.#try(trial);
      this.results.push(result);
      say(result);
    }
  }

  async #try(trial: Trial<Name>): Promise<TrialResult<Name>> {
    const { name, state, over } = trial;
    const { epochMs } = this.#options;
    const publishedForMs = over === 'lead' ? await this.#nextPublished() : undefined;
    const lostMs = Date.now();
    this.disturbances.push({ name, atMs: lostMs, disturbed: true });
    await lose(this.#options, name, state);
    const withinLead = publishedForMs !== undefined && Date.now() < publishedForMs;
    if (over !== 'lead') {
      const lastMs = (Math.floor(lostMs / epochMs) + over) * epochMs + AFTER_BOUNDARY_MS;
      await until(`${over} boundaries`, (over + 2) * epochMs, () => (Date.now() > lastMs ? true : undefined));
    }
    await bringBack(this.#options, name, state);
    const backMs = Date.now();
    const caughtUpMs = await this.#caughtUp(name, backMs).catch(() => undefined);
    this.disturbances.push({ name, atMs: caughtUpMs ?? Number.POSITIVE_INFINITY, disturbed: false });
    return { ...trial, lostMs, backMs, caughtUpMs, withinLead };
  }

  /** Resolves when the next epoch is published, with the instant at which it begins. */
  async #nextPublished(): Promise<number> {
    const { mesh, epochMs } = this.#options;
    const { size } = await mesh.admin.log({ limit: 1 });
    return until('the next epoch is published', 3 * epochMs, async () => {
      const opened = (await mesh.log(size)).find(({ entry }) => entry.type === 'epoch_opened');
      return opened === undefined ? undefined : Date.parse((opened.entry.data as ActivateAt).activate_at);
    });
  }

  async #caughtUp(name: Name, backMs: number): Promise<number> {
    const { mesh } = this.#options;
    const log = new AgentLog(mesh, name);
    return within(`${name} catches up`, CATCH_UP_MS, async () => {
      const { epoch_id: inForce } = await mesh.admin.epoch();
      return log
        .lines()
        .find(
          ({ atMs, msg, epoch_id }) =>
            atMs >= backMs && msg === 'epoch applied to every peer' && Number(epoch_id) >= inForce,
        )?.atMs;
    });
  }
}

export function summariseTrials<Name extends string>(
  results: readonly TrialResult<Name>[],
  lines: ReadonlyMap<Name, readonly AgentLine[]>,
) {
  const of = (state: Trial<Name>['state']) => results.filter((result) => result.state === state);
  const late = of('cut').map(({ name, backMs }) => lateSetMs(lines.get(name) ?? [], backMs) ?? Infinity);
  const caughtUpMs = (state: Trial<Name>['state']) =>
    of(state).map(({ backMs, caughtUpMs: atMs }) => (atMs === undefined ? null : atMs - backMs));
  return {
    stopped_caught_up_ms: caughtUpMs('stopped'),
    killed_caught_up_ms: caughtUpMs('killed'),
    cut_caught_up_ms: caughtUpMs('cut'),
    killed_within_lead: results.filter(({ withinLead }) => withinLead).length,
    late_set_ms: late.length === 0 ? null : Math.max(...late),
  };
}

interface ActivateAt {
  readonly activate_at: string;
}
