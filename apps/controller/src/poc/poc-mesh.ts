// The proof of concept's mesh: fixed nodes that sign nothing, and one key per node, HMAC-SHA256(epoch secret,
// node id). It is kept in memory and has nothing in common with the mesh of enrolled nodes: neither members
// nor secrets nor the log.

import { type NodeId, parseEpochId, wipe } from '@mesh/primitives';
import { commitEpochSecret, EPOCH_SECRET_LENGTH_BYTES, EpochSecret, singleHmacPsk } from '@mesh/psk';
import { type Benchmark, describeReason, evaluate, type Policy } from '@mesh/scoring';

export interface PocMeshOptions {
  readonly nodeIds: readonly NodeId[];
  readonly policy: () => Policy;
  readonly epochMs: number;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly nowMs: number;
}

interface PocEpoch {
  readonly epochId: number;
  readonly secret: EpochSecret;
  readonly expiresAtMs: number;
  /** Who was good enough when it began, and has been since. */
  readonly admitted: Set<NodeId>;
}

export interface PocStanding {
  readonly membership: 'ALLOWED' | 'DENIED' | 'UNKNOWN';
  readonly reason: string;
}

export class PocMesh {
  readonly #options: PocMeshOptions;
  readonly #latest = new Map<NodeId, Benchmark>();
  #epoch: PocEpoch;

  constructor(options: PocMeshOptions) {
    this.#options = options;
    this.#epoch = this.#open(1, options.nowMs);
  }

  get nodeIds(): readonly NodeId[] {
    return this.#options.nodeIds;
  }

  has(nodeId: string): nodeId is NodeId {
    return this.#options.nodeIds.some((each) => each === nodeId);
  }

  /** The epoch at this time. One that is over is followed by the next, which admits who is good enough. */
  epoch(nowMs: number): {
    readonly epochId: number;
    readonly expiresAtMs: number;
    readonly commitment: string;
  } {
    const { epochId, expiresAtMs, secret } = this.#at(nowMs);
    const commitment = commitEpochSecret({ epochId: parseEpochId(epochId), epochSecret: secret });
    return { epochId, expiresAtMs, commitment };
  }

  /** Takes a benchmark. A bad one denies its node at once. @returns the epoch's id */
  submit(nodeId: NodeId, benchmark: Benchmark, nowMs: number): number {
    this.#latest.set(nodeId, benchmark);
    this.standing(nodeId, nowMs);
    return this.#at(nowMs).epochId;
  }

  /** Begins the next epoch now. */
  rotate(nowMs: number): void {
    this.#next(this.#at(nowMs).epochId + 1, nowMs);
  }

  standing(nodeId: NodeId, nowMs: number): PocStanding {
    const { admitted } = this.#at(nowMs);
    if (!this.#latest.has(nodeId)) return { membership: 'UNKNOWN', reason: 'there is no benchmark yet' };
    const { allowed, reason } = this.#judge(nodeId, nowMs);
    if (!allowed) admitted.delete(nodeId);
    if (admitted.has(nodeId)) return { membership: 'ALLOWED', reason: describeReason(reason) };
    return {
      membership: 'DENIED',
      reason: allowed ? `${describeReason(reason)}; it is in from the next epoch on` : describeReason(reason),
    };
  }

  /** The node's key in this epoch, base64; undefined for a node that is not in. */
  psk(nodeId: NodeId, nowMs: number): string | undefined {
    if (this.standing(nodeId, nowMs).membership !== 'ALLOWED') return undefined;
    const psk = singleHmacPsk(this.#at(nowMs).secret, nodeId);
    const text = Buffer.from(psk).toString('base64');
    wipe(psk);
    return text;
  }

  close(): void {
    this.#epoch.secret.dispose();
  }

  #at(nowMs: number): PocEpoch {
    const { epochId, expiresAtMs } = this.#epoch;
    if (nowMs < expiresAtMs) return this.#epoch;
    // Epochs that nobody asked for in their time have passed all the same.
    const passed = 1 + Math.floor((nowMs - expiresAtMs) / this.#options.epochMs);
    return this.#next(epochId + passed, nowMs);
  }

  #next(epochId: number, nowMs: number): PocEpoch {
    this.#epoch.secret.dispose();
    this.#epoch = this.#open(epochId, nowMs);
    return this.#epoch;
  }

  #open(epochId: number, nowMs: number): PocEpoch {
    const { nodeIds, epochMs, randomBytes } = this.#options;
    return {
      epochId,
      secret: EpochSecret.own(randomBytes(EPOCH_SECRET_LENGTH_BYTES)),
      expiresAtMs: (Math.floor(nowMs / epochMs) + 1) * epochMs,
      admitted: new Set(nodeIds.filter((nodeId) => this.#judge(nodeId, nowMs).allowed)),
    };
  }

  /** Without the rules of re-admission, which the proof of concept does not have. */
  #judge(nodeId: NodeId, nowMs: number) {
    const evidence = { status: 'active', latest: this.#latest.get(nodeId) } as const;
    return evaluate(this.#options.policy(), evidence, nowMs);
  }
}
