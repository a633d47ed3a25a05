// How much a pair of nodes may carry: the lower of both ends' limits, each end's being the lower of its class's and, in
// the first epochs after it came back from a denial, that of probation. Pure.
//
// Every denial counts, a leave too: else a node that knows its next result leaves before it and comes back unlimited.

import type { NodeRecord } from '../state/mesh-state.ts';

export interface LimitPolicy {
  /** Bits a second, by class. */
  readonly classes: ReadonlyMap<string, number>;
  readonly probation: { readonly bitsPerSecond: number; readonly epochs: number } | undefined;
}

type Limited = Pick<NodeRecord, 'class' | 'readmitted' | 'admittedSince'>;

export class PairLimits {
  readonly #policy: LimitPolicy;

  constructor(policy: LimitPolicy) {
    this.#policy = policy;
  }

  /**
   * @param epochId the newest epoch that is published: probation ends one lead before its last epoch does
   * @returns bits a second in each direction; undefined: no limit
   */
  between(one: Limited, other: Limited, epochId: number): number | undefined {
    const limits = [this.#of(one, epochId), this.#of(other, epochId)].flat();
    return limits.length === 0 ? undefined : Math.min(...limits);
  }

  /** The first epoch in which a node is no longer on probation; undefined where it never was. */
  probationEndsWith({ readmitted, admittedSince }: Limited): number | undefined {
    const { probation } = this.#policy;
    if (probation === undefined || !readmitted || admittedSince === undefined) return undefined;
    return admittedSince + probation.epochs;
  }

  #of(node: Limited, epochId: number): number[] {
    const ofClass = this.#policy.classes.get(node.class);
    const ends = this.probationEndsWith(node);
    const ofProbation =
      ends !== undefined && epochId < ends ? this.#policy.probation?.bitsPerSecond : undefined;
    return [ofClass, ofProbation].filter((limit) => limit !== undefined);
  }
}
