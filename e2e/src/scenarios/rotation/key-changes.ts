// Reads from agents' logs when an epoch's keys came, when they were set, in how many steps, and in which
// order at the two ends of a pair. Pure.

import type { AgentLine } from '@mesh/e2e';
import { percentile } from '../../scenario.ts';

export interface Epoch {
  readonly epochId: number;
  readonly activateAtMs: number;
}

export interface KeyChangesInput<Name extends string> {
  readonly epochs: readonly Epoch[];
  readonly lines: ReadonlyMap<Name, readonly AgentLine[]>;
  /** For each pair, the end that changes first, then the one that follows. */
  readonly pairs: readonly (readonly [initiator: Name, responder: Name])[];
  /** Whether a node was left alone around this epoch's boundary. */
  readonly isCalm: (name: Name, epoch: Epoch) => boolean;
}

export interface KeyChanges {
  /** Most sets of keys that a node made for one epoch. */
  readonly sets_a_node_and_epoch: number;
  /** How long before its boundary an epoch reached a node. */
  readonly ahead_ms: { readonly p50: number; readonly least: number; readonly in_time: number };
  /** From the set at the initiator to the set at the responder, which should follow soon. */
  readonly apart_ms: { readonly p50: number; readonly p99: number; readonly in_order: number };
  /** Pairs of undisturbed nodes in which one end set no key for an epoch. */
  readonly not_set: number;
}

/** Five times the expected delay. */
const LONG_APART_MS = 1_000;

export function keyChanges<Name extends string>(input: KeyChangesInput<Name>): KeyChanges {
  const { epochs, lines, pairs, isCalm } = input;
  const names = [...lines.keys()];
  const setsOf = (name: Name, { epochId }: Epoch) =>
    (lines.get(name) ?? []).filter(
      ({ msg, epoch_id }) => msg === 'keys changed in place' && epoch_id === epochId,
    );
  const ahead = epochs.flatMap((epoch) =>
    names.flatMap((name) => {
      if (!isCalm(name, epoch)) return [];
      const config = lines
        .get(name)
        ?.find(({ msg, epoch_id }) => msg === 'config' && epoch_id === epoch.epochId);
      return [config === undefined ? Number.NEGATIVE_INFINITY : epoch.activateAtMs - config.atMs];
    }),
  );
  let notSet = 0;
  const apart = epochs.flatMap((epoch) =>
    pairs.flatMap(([initiator, responder]) => {
      if (!isCalm(initiator, epoch) || !isCalm(responder, epoch)) return [];
      // A node first sets the keys of the pairs in which it is the initiator, and the others last.
      const first = setsOf(initiator, epoch).at(0);
      const last = setsOf(responder, epoch).at(-1);
      if (first !== undefined && last !== undefined) return [last.atMs - first.atMs];
      notSet += 1;
      return [];
    }),
  );
  return {
    sets_a_node_and_epoch: Math.max(
      ...names.flatMap((name) => epochs.map((epoch) => setsOf(name, epoch).length)),
    ),
    ahead_ms: {
      p50: percentile(ahead, 0.5),
      least: Math.min(...ahead),
      in_time: shareOf(ahead, (ms) => ms > 0),
    },
    apart_ms: {
      p50: percentile(apart, 0.5),
      p99: percentile(apart, 0.99),
      in_order: shareOf(apart, (ms) => ms > 0 && ms < LONG_APART_MS),
    },
    not_set: notSet,
  };
}

/**
 * The time from the config that a node got after it came back to the first keys that it set; undefined if it
 * set no key.
 */
export function lateSetMs(lines: readonly AgentLine[], backMs: number): number | undefined {
  const since = lines.filter(({ atMs }) => atMs >= backMs);
  const set = since.find(({ msg }) => msg === 'keys changed in place');
  const config = since.findLast(({ msg, atMs }) => msg === 'config' && set !== undefined && atMs <= set.atMs);
  return set === undefined || config === undefined ? undefined : set.atMs - config.atMs;
}

function shareOf(samples: readonly number[], holds: (sample: number) => boolean): number {
  return Math.round((samples.filter(holds).length / samples.length) * 1_000) / 1_000;
}
