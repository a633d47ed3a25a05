// The name and the keys of the controller's log as this node knows them: from enrolment, or from the first
// config that names them, and then from each signed config that names other keys.

import { LogField, type Logger } from '@mesh/host';
import type { LogIdentity, LogProof } from '@mesh/protocol';
import type { RecordEvent } from '../events/agent-events.ts';
import { signerIdsOf } from './log-head.ts';
import { keyIdsOf, type PinnedLog, pinLog } from './pinned-log.ts';

export interface KnownLogOptions {
  /** From enrolment; undefined if the controller did not tell it then. */
  readonly identity: LogIdentity | undefined;
  /** Resolves once it is on disk. */
  readonly storeIdentity: (log: LogIdentity) => Promise<void>;
  readonly record: RecordEvent;
  readonly logger: Logger;
}

export class KnownLog {
  readonly #options: KnownLogOptions;
  #identity: LogIdentity | undefined;
  #pinned: PinnedLog | undefined;
  /** The ids of the keys that have signed the newest head, by its own word; see `together`. */
  #signers: string | undefined;
  /** The signers at the moment when the controller last named its keys. */
  #namedFor: string | undefined;

  constructor(options: KnownLogOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#pinned = options.identity && pinLog(options.identity);
  }

  /** Undefined while the log is not known. */
  get identity(): LogIdentity | undefined {
    return this.#identity;
  }
  /** Undefined while the log is not known, or if none of its keys can be used. */
  get pinned(): PinnedLog | undefined {
    return this.#pinned;
  }

  /**
   * Whether the next query asks which keys sign heads: none are known, or others than those have signed. For
   * the same signers it asks once.
   */
  get asksForKeys(): boolean {
    if (this.#pinned === undefined) return this.#identity === undefined;
    const pinned = together(keyIdsOf(this.#pinned));
    const signers = this.#signers ?? pinned;
    return signers !== pinned && signers !== this.#namedFor;
  }

  /** Call it with each proof, before `hear`. */
  proved(proof: LogProof): void {
    this.#signers = together(signerIdsOf(proof));
  }

  /** Takes what a signed config says. The name of a log never changes; its keys do. */
  hear(identity: LogIdentity): void {
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

/** Ids of keys as one text, whatever their order. */
const together = (ids: readonly string[]): string => ids.toSorted().join();
