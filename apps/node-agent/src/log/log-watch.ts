// Watches the controller's log: remembers the newest head that was accepted, and refuses what contradicts it.

import { LogField } from '@mesh/host';
import type { Ed25519Verify, NodeId } from '@mesh/primitives';
import { type ConfigOrNotice, isRemovalNotice } from '@mesh/protocol';
import type { Contradiction } from './evidence.ts';
import {
  type HeadVerdict,
  judgeHead,
  judgeSharedHead,
  type Refusal,
  type RefusalCode,
} from './judge-head.ts';
import { KnownLog, type KnownLogOptions } from './known-log.ts';
import type { LogHead, SignedLogHead } from './log-head.ts';

export interface LogWatchOptions extends KnownLogOptions {
  readonly meshId: string;
  readonly nodeId: NodeId;
  /** The newest head that was accepted, from the disk. */
  readonly held: SignedLogHead | undefined;
  /** Resolves once it is on disk. */
  readonly storeHead: (origin: string, head: SignedLogHead) => Promise<void>;
  /** Resolves with the path of the file; undefined if there are enough. */
  readonly keepEvidence: (contradiction: Contradiction) => Promise<string | undefined>;
  /** Called when refusing begins or ends. */
  readonly changed: () => void;
  /** This machine's wall clock. */
  readonly nowMs: () => number;
  readonly verify?: Ed25519Verify;
}

/** The log is being refused. */
export interface OngoingRefusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** Since when, by this machine's wall clock. */
  readonly sinceMs: number;
  /** The newest head that was refused. */
  readonly shown: LogHead;
  /** Where the newest proof of it is; undefined if it could not be stored. */
  readonly evidence: string | undefined;
}

const WHAT: Readonly<Record<RefusalCode, string>> = {
  forked: 'it has the size of the accepted head and another root',
  shrunk: 'it covers fewer entries than the accepted head',
  back_dated: 'it was signed before the accepted head',
  inconsistent: 'its proof does not lead from the accepted head to it',
  unsigned: "a signature by the log's keys is missing or wrong",
  unproven: 'it came without a proof',
};

export class LogWatch {
  readonly #options: LogWatchOptions;
  readonly #known: KnownLog;
  #held: SignedLogHead | undefined;
  #refusal: OngoingRefusal | undefined;
  #isProved = false;
  /** The newest head that was refused, with what shows it. */
  #lastRefusal: Refusal | undefined;
  /** The root of the last refused head whose signatures were asked for. */
  #askedFor: string | undefined;
  /** Whether the query under way says that nothing was accepted, so that its answer has them. */
  #asksFromNothing = false;
  /** Of the newest head that the controller has this node's cosignature of. */
  #cosignedSize = 0;
  /** Heads are stored one after the other. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: LogWatchOptions) {
    this.#options = options;
    this.#known = new KnownLog(options);
    this.#held = options.held;
  }

  /** Undefined while the log is not known, or while no head of it was accepted. */
  get held(): LogHead | undefined {
    return this.#held;
  }
  get origin(): string | undefined {
    return this.#known.pinned?.origin;
  }
  /** Undefined while nothing is refused. */
  get refusal(): OngoingRefusal | undefined {
    return this.#refusal;
  }

  /**
   * Whether the next query has to ask for the whole config: for the keys of the log, or for the signatures of
   * a refused head that came without. A head of the size that was accepted comes without them. For each
   * refused root they are asked for once.
   */
  get asksForWhole(): boolean {
    return this.#known.asksForKeys || this.#lacksSignatures;
  }

  get #lacksSignatures(): boolean {
    const shown = this.#refusal && this.#lastRefusal?.shown;
    return shown !== undefined && shown.signatures.length === 0 && shown.rootHash !== this.#askedFor;
  }

  /** Whether the controller has proved a head in this run. */
  get isProved(): boolean {
    return this.#isProved;
  }
  /** The newest head that was proved, unless the controller has this node's cosignature of it. */
  get toCosign(): LogHead | undefined {
    const head = this.#held;
    if (head === undefined || head.signatures.length === 0 || head.size <= this.#cosignedSize)
      return undefined;
    return this.#refusal === undefined ? head : undefined;
  }

  /** The controller has received this node's cosignature of a head. */
  cosigned({ size }: LogHead): void {
    this.#cosignedSize = Math.max(this.#cosignedSize, size);
  }

  /** What a query for the config says of the log. */
  query(): { readonly logSize: number; readonly asksForLog?: true } {
    this.#asksFromNothing = this.#lacksSignatures;
    if (this.#asksFromNothing) this.#askedFor = this.#lastRefusal?.shown.rootHash;
    const logSize = this.#asksFromNothing ? 0 : (this.#held?.size ?? 0);
    return this.#known.asksForKeys ? { logSize, asksForLog: true } : { logSize };
  }

  /** @param body whose signature was verified */
  judge(body: ConfigOrNotice): HeadVerdict {
    const head = { size: body.log_head.size, rootHash: body.log_head.root_hash };
    if (isRemovalNotice(body)) return judgeSharedHead(this.#held, head);
    if (body.log_proof !== undefined) {
      this.#isProved = true;
      this.#known.proved(body.log_proof);
    }
    if (body.log !== undefined) this.#known.hear(body.log);
    const said = { head, proof: body.log_proof };
    const verdict = judgeHead(this.#known.pinned, this.#held, said, this.#options.verify);
    // A proof from nothing does not lead from the accepted head: it shows no more than was known.
    const isBesideThePoint =
      this.#asksFromNothing && verdict.kind === 'refused' && verdict.refusal.code === 'inconsistent';
    return isBesideThePoint && this.#lastRefusal !== undefined
      ? { kind: 'refused', refusal: this.#lastRefusal }
      : verdict;
  }

  /**
   * Accepts a head. Resolves once it is on disk. If the disk fails, this resolves all the same, and the head
   * counts until the agent ends.
   */
  async accept(head: SignedLogHead): Promise<void> {
    this.#held = head;
    this.recovered();
    await this.#store(head).catch((error: unknown) =>
      this.#options.logger.error(
        { [LogField.error]: error, [LogField.size]: head.size },
        'the head of the log could not be stored; after a restart, this node goes on from the one before',
      ),
    );
  }

  /** Call it when an answer names the accepted head, or one that was proved. */
  recovered(): void {
    if (this.#refusal === undefined) return;
    this.#refusal = undefined;
    const { record, logger, changed } = this.#options;
    const size = this.#held?.size ?? 0;
    record({ type: 'log_recovered', size });
    logger.warn({ [LogField.size]: size }, "the controller's log is in line with the accepted head again");
    changed();
  }

  /** Call it when a head was refused. The evidence is kept soon. */
  refuse(refusal: Refusal, body: ConfigOrNotice): void {
    const { code, shown } = refusal;
    this.#lastRefusal = refusal;
    const held = this.#held;
    const before = this.#refusal;
    const message = `the controller shows a head of ${shown.size} entries, and this node has accepted one of ${held?.size ?? 0}: ${WHAT[code]}`;
    const sinceMs = before?.sinceMs ?? this.#options.nowMs();
    const now = { code, message, sinceMs, shown, evidence: before?.evidence };
    this.#refusal = now;
    void this.#keep(refusal, held, body).then((evidence) => {
      if (this.#refusal === now) this.#refusal = { ...now, evidence };
      if (before?.code !== code) this.#report(now, held, evidence);
    });
    if (before?.code !== code) this.#options.changed();
  }

  /**
   * Takes the word of this machine's operator for a head: it is the accepted one from now on. Resolves once
   * it is on disk.
   * @returns false if the log is not known
   * @throws HostError `file_io`
   */
  async acceptFromOperator({ size, rootHash }: LogHead): Promise<boolean> {
    if (this.#known.pinned === undefined) return false;
    const head = { size, rootHash, signatures: [] };
    await this.#store(head);
    this.#held = head;
    // The line that it is of may be shorter than what was cosigned of the one before.
    this.#cosignedSize = 0;
    const { record, logger } = this.#options;
    record({ type: 'log_head_named', size, rootHash });
    logger.warn({ [LogField.size]: size }, 'an operator has named the head of the log that this node trusts');
    return true;
  }

  /** @returns undefined if it could not be stored */
  async #keep(refusal: Refusal, held: SignedLogHead | undefined, body: ConfigOrNotice) {
    const { keepEvidence, meshId, nodeId, logger } = this.#options;
    const log = this.#known.identity;
    if (log === undefined) return undefined;
    const { version, server_time_ms: serverTimeMs } = body;
    try {
      return await keepEvidence({ refusal, held, log, meshId, nodeId, version, serverTimeMs });
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'the evidence against the log could not be stored');
      return undefined;
    }
  }

  #report(
    { code, message, shown }: OngoingRefusal,
    held: LogHead | undefined,
    evidence: string | undefined,
  ): void {
    const { record, logger } = this.#options;
    record({ type: 'log_refused', code, heldSize: held?.size ?? 0, shownSize: shown.size });
    logger.error(
      {
        [LogField.code]: code,
        [LogField.reason]: message,
        [LogField.path]: evidence,
      },
      "the controller's log contradicts itself: its removals count, its additions and keys do not, and the lease is not renewed; see docs/operations.md, A node that refuses the log",
    );
  }

  #store(head: SignedLogHead): Promise<void> {
    const origin = this.#known.pinned?.origin ?? '';
    const stored = this.#tail.then(() => this.#options.storeHead(origin, head));
    this.#tail = stored.catch(() => undefined);
    return stored;
  }
}
