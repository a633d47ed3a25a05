// How much a pair of nodes may carry: the lower of its two ends' limits. An end's limit is the lowest of
// four: the limit of its class, that of probation in the first epochs after it came back from a denial or was
// put on it by a drift signal, that of a declining node, and that of a node that the brake holds in. Pure.
//
// Every denial counts, also that of a leave. Otherwise a node that knows its next result could leave before
// it, and come back unlimited.

import type { EpochId } from '@mesh/primitives';
import type { LimitPolicy } from '../events/limits-event.ts';
import type { NodeRecord } from '../state/records.ts';

type Limited = Pick<
  NodeRecord,
  'nodeId' | 'class' | 'readmitted' | 'admittedSince' | 'probationSince' | 'declining' | 'hold'
>;

const CAUSES = ['brake', 'declining', 'probation', 'class'] as const;
/** Why an end is limited. */
export type LimitCause = (typeof CAUSES)[number];

export interface EndLimit {
  readonly cause: LimitCause;
  readonly bitsPerSecond: number;
}

export class PairLimits {
  readonly #policy: LimitPolicy;
  readonly #isDeclining: (node: Limited) => boolean;
  readonly #isLimitedByBrake: (node: Limited) => boolean;

  /**
   * @param isDeclining whether a node is declining now, even if that is not on disk yet
   * @param isLimitedByBrake the same for a node that the brake holds in
   */
  constructor(
    policy: LimitPolicy,
    isDeclining: (node: Limited) => boolean = (node) => node.declining,
    isLimitedByBrake: (node: Limited) => boolean = (node) => node.hold?.limited ?? false,
  ) {
    this.#policy = policy;
    this.#isDeclining = isDeclining;
    this.#isLimitedByBrake = isLimitedByBrake;
  }

  /**
   * @param epochId the newest epoch that is published, 0 before the first: probation ends one lead before its
   *   last epoch does
   * @returns bits per second in each direction; undefined if there is no limit
   */
  between(one: Limited, other: Limited, epochId: EpochId | 0): number | undefined {
    const lowest = Math.min(this.#lowest(one, epochId), this.#lowest(other, epochId));
    return lowest === Number.POSITIVE_INFINITY ? undefined : lowest;
  }

  /** Every limit that this end brings into its pairs, the lowest first. */
  of(node: Limited, epochId: EpochId | 0): EndLimit[] {
    return CAUSES.map((cause) => ({ cause, bitsPerSecond: this.#limit(cause, node, epochId) }))
      .filter((limit): limit is EndLimit => limit.bitsPerSecond !== undefined)
      .sort((a, b) => a.bitsPerSecond - b.bitsPerSecond);
  }

  /**
   * The first epoch in which a node is no longer on probation; undefined if its membership began without one,
   * and no drift signal has put it on one.
   */
  probationEndsWith({ readmitted, admittedSince, probationSince }: Limited): number | undefined {
    const { probation } = this.#policy;
    const since = Math.max(readmitted ? (admittedSince ?? 0) : 0, probationSince ?? 0);
    return probation === undefined || since === 0 ? undefined : since + probation.epochs;
  }

  /** As {@link probationEndsWith}; undefined also if the probation is over. */
  probationUntil(node: Limited, epochId: EpochId | 0): number | undefined {
    const ends = this.probationEndsWith(node);
    return ends !== undefined && epochId < ends ? ends : undefined;
  }

  /** Called twice for every pair of every config, so it makes no array. */
  #lowest(node: Limited, epochId: EpochId | 0): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const cause of CAUSES) lowest = Math.min(lowest, this.#limit(cause, node, epochId) ?? lowest);
    return lowest;
  }

  #limit(cause: LimitCause, node: Limited, epochId: EpochId | 0): number | undefined {
    const { classes, probation, declining, brake } = this.#policy;
    switch (cause) {
      case 'class':
        return classes.get(node.class);
      case 'brake':
        return this.#isLimitedByBrake(node) ? brake : undefined;
      case 'declining':
        return this.#isDeclining(node) ? declining : undefined;
      case 'probation':
        return this.probationUntil(node, epochId) === undefined ? undefined : probation?.bitsPerSecond;
    }
  }
}
