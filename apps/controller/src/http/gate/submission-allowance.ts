// Limits how many messages of a kind a node may have recorded in a minute. Each of them adds an entry to the
// log. Messages that cost their sender its place or its good standing are not counted.

import type { NodeId } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import { TokenBucket } from './token-bucket.ts';

/** What adds an entry to the log when a node sends it. */
export type SubmissionKind = 'benchmark' | 'endpoint' | 'leave' | 'certificate' | 'key_rotation';

const PER_EPOCH = 10;

/** Ten a minute, or ten an epoch where epochs are shorter than a minute. */
export function submissionsPerMinute(configured: number | undefined, epochSeconds: number): number {
  return configured ?? Math.ceil((PER_EPOCH * 60) / Math.min(epochSeconds, 60));
}

export class SubmissionAllowance {
  readonly #perMinute: number;
  readonly #monotonicMs: () => number;
  /** For each node, one of each kind. A node's buckets go when it is deleted. */
  readonly #buckets = new Map<NodeId, Map<SubmissionKind, TokenBucket>>();

  constructor(perMinute: number, monotonicMs: () => number) {
    this.#perMinute = perMinute;
    this.#monotonicMs = monotonicMs;
  }

  /** @throws ProblemError `rate_limited` when the node has nothing left */
  charge(nodeId: NodeId, kind: SubmissionKind): void {
    const nowMs = this.#monotonicMs();
    const bucket = this.#bucketOf(nodeId, kind, nowMs);
    if (bucket.tryTake(nowMs) === 'taken') return;
    throw new ProblemError(
      problem(
        'rate_limited',
        `a node may send ${this.#perMinute} messages of this kind a minute; wait for as long as Retry-After says`,
      ),
      bucket.secondsToNext(nowMs),
    );
  }

  /** Call it when the node was deleted. */
  forget(nodeId: NodeId): void {
    this.#buckets.delete(nodeId);
  }

  #bucketOf(nodeId: NodeId, kind: SubmissionKind, nowMs: number): TokenBucket {
    const ofNode = this.#buckets.get(nodeId) ?? new Map<SubmissionKind, TokenBucket>();
    this.#buckets.set(nodeId, ofNode);
    const bucket = ofNode.get(kind) ?? new TokenBucket(this.#perMinute, nowMs);
    ofNode.set(kind, bucket);
    return bucket;
  }
}
