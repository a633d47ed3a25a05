// Watches the controller's log: remembers the newest head that was accepted, and refuses what contradicts it.

import { LogField, type Logger } from '@mesh/host';
import { defined, type Ed25519Verify } from '@mesh/primitives';
import { type ConfigOrNotice, isRemovalNotice, type LogIdentity } from '@mesh/protocol';
import type { RecordEvent } from '../events/agent-events.ts';
import type { Contradiction } from './evidence.ts';
import {
  type HeadVerdict,
  judgeHead,
  judgeSharedHead,
  type Refusal,
  type RefusalCode,
} from './judge-head.ts';
import {
  keyIdsOf,
  type LogHead,
  type PinnedLog,
  pinLog,
  type SignedLogHead,
  signerIdsOf,
} from './pinned-log.ts';

export interface LogWatchOptions {
  readonly meshId: string;
  readonly nodeId: string;
  /** From enrolment; undefined if the controller did not tell it then. */
  readonly identity: LogIdentity | undefined;
  /** The newest head that was accepted, from the disk. */
  readonly held: SignedLogHead | undefined;
  /** Each resolves once it is on disk. */
  readonly storeIdentity: (log: LogIdentity) => Promise<void>;
  readonly storeHead: (origin: string, head: SignedLogHead) => Promise<void>;
  /** Resolves with the path of the file; undefined if there are enough. */
  readonly keepEvidence: (contradiction: Contradiction) => Promise<string | undefined>;
  readonly record: RecordEvent;
  /** Called when refusing begins or ends. */
  readonly changed: () => void;
  /** This machine's wall clock. */
  readonly nowMs: () => number;
  readonly verify?: Ed25519Verify;
  readonly logger: Logger;
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
  #identity: LogIdentity | undefined;
  #pinned: PinnedLog | undefined;
  #held: SignedLogHead | undefined;
  /** The ids of the keys that have signed the newest head, by its own word. */
  #signers: string | undefined;
  /** The signers at the moment when the controller last named its keys. */
  #namedFor: string | undefined;
  #refusal: OngoingRefusal | undefined;
  #isProved = false;
  /** Of the newest head that the controller has this node's cosignature of. */
  #cosignedSize = 0;
  /** Heads are stored one after the other. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: LogWatchOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#pinned = options.identity && pinLog(options.identity);
    this.#held = options.held;
  }

  /** Undefined while the log is not known, or while no head of it was accepted. */
  get held(): LogHead | undefined {
    return this.#held;
  }
  get origin(): string | undefined {
    return this.#pinned?.origin;
  }
  /** Undefined while nothing is refused. */
  get refusal(): OngoingRefusal | undefined {
    return this.#refusal;
  }

  /**
   * Whether the next query asks which keys sign heads: none are known, or others than those have signed. For
   * the same signers it asks once.
   */
  get asksForKeys(): boolean {
    if (this.#pinned === undefined) return this.#identity === undefined;
    const signers = this.#signers ?? keyIdsOf(this.#pinned);
    return signers !== keyIdsOf(this.#pinned) && signers !== this.#namedFor;
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
    const logSize = this.#held?.size ?? 0;
    return this.asksForKeys ? { logSize, asksForLog: true } : { logSize };
  }

  /** @param body whose signature was verified */
  judge(body: ConfigOrNotice): HeadVerdict {
    const head = { size: body.log_head.size, rootHash: body.log_head.root_hash };
    if (isRemovalNotice(body)) return judgeSharedHead(this.#held, head);
    if (body.log_proof !== undefined) {
      this.#isProved = true;
      this.#signers = signerIdsOf(body.log_proof);
    }
    if (body.log !== undefined) this.#hear(body.log);
    return judgeHead(this.#pinned, this.#held, { head, proof: body.log_proof }, this.#options.verify);
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
    if (this.#pinned === undefined) return false;
    const head = { size, rootHash, signatures: [] };
    await this.#store(head);
    this.#held = head;
    const { record, logger } = this.#options;
    record({ type: 'log_head_named', size, rootHash });
    logger.warn({ [LogField.size]: size }, 'an operator has named the head of the log that this node trusts');
    return true;
  }

  /** @returns undefined if it could not be stored */
  async #keep(refusal: Refusal, held: SignedLogHead | undefined, body: ConfigOrNotice) {
    const { keepEvidence, meshId, nodeId, logger } = this.#options;
    const log = this.#identity;
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
        ...defined({ [LogField.path]: evidence }),
      },
      "the controller's log contradicts itself: its removals count, its additions and keys do not, and the lease is not renewed; see docs/operations.md, A node that refuses the log",
    );
  }

  #store(head: SignedLogHead): Promise<void> {
    const origin = this.#pinned?.origin ?? '';
    const stored = this.#tail.then(() => this.#options.storeHead(origin, head));
    this.#tail = stored.catch(() => undefined);
    return stored;
  }

  /** The name of a log never changes; its keys do, on the word of a signed config. */
  #hear(identity: LogIdentity): void {
    this.#namedFor = this.#signers;
    const known = this.#identity;
    const isNews =
      known === undefined ||
      (identity.origin === known.origin && identity.verifier_keys.join() !== known.verifier_keys.join());
    const pinned = isNews ? pinLog(identity) : undefined;
    if (pinned !== undefined) this.#learn(identity, pinned);
  }

  #learn(identity: LogIdentity, pinned: PinnedLog): void {
    const { record, logger, storeIdentity } = this.#options;
    this.#identity = identity;
    this.#pinned = pinned;
    record({ type: 'log_pinned', origin: identity.origin });
    logger.info({ [LogField.reason]: identity.origin }, 'the keys of the log are known from now on');
    storeIdentity(identity).catch((error: unknown) =>
      logger.error(
        { [LogField.error]: error },
        'the keys of the log could not be stored; they are used all the same',
      ),
    );
  }
}
