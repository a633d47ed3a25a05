// The keys that this node takes configs from: the one from its enrolment, and those that the controller's
// lists have led to since.

import { LogField, type Logger, platformSha256 } from '@mesh/host';
import { decodeBase64, type Ed25519Verify, type MeshId } from '@mesh/primitives';
import {
  type CheckedSignature,
  type ConfigKeyList,
  type ConfigKeyTrust,
  type ConfigOrNotice,
  checkConfigSignature,
  listMadeAtMs,
  trustKey,
  trustList,
} from '@mesh/protocol';

/** What a node knows from its enrolment file. */
export interface KnownConfigKeys {
  readonly config_public_key: string;
  readonly config_key_list?: ConfigKeyList | undefined;
}

/** The trust that an enrolment file gives. */
export function trustIn({ config_key_list: list, config_public_key: key }: KnownConfigKeys): ConfigKeyTrust {
  return list === undefined ? trustKey(decodeBase64(key, { lengthBytes: 32 })) : trustList(list);
}

export interface ConfigTrustOptions {
  readonly meshId: MeshId;
  readonly known: KnownConfigKeys;
  /** Resolves once it is on disk. */
  readonly store: (keys: KnownConfigKeys) => Promise<void>;
  readonly verify?: Ed25519Verify;
  readonly logger: Logger;
}

export class ConfigTrust {
  readonly #options: ConfigTrustOptions;
  #trust: ConfigKeyTrust;
  #storedMs: number;
  /** Of the newest list that was given to the disk. */
  #writtenMs: number;

  constructor(options: ConfigTrustOptions) {
    this.#options = options;
    this.#trust = trustIn(options.known);
    this.#storedMs = listMadeAtMs(this.#trust);
    this.#writtenMs = this.#storedMs;
  }

  /** When the newest list on disk was made; 0 for none. The controller is told this, and counts on it. */
  get storedListMs(): number {
    return this.#storedMs;
  }

  /**
   * Checks the signature of a config (alone or in a batch) or a notice.
   *
   * @param raw the body as it was received
   * @returns undefined if it is not to be trusted
   */
  check(body: ConfigOrNotice, raw: object): CheckedSignature | undefined {
    const { meshId, verify } = this.#options;
    return checkConfigSignature(this.#trust, { body, raw }, meshId, verify, platformSha256);
  }

  /** Trusts these keys from now on, and stores them. If the disk fails, the next answer tries it again. */
  adopt(trust: ConfigKeyTrust): void {
    const { list } = trust;
    if (list === undefined) return;
    if (list.made_at_ms > listMadeAtMs(this.#trust)) {
      this.#trust = trust;
      this.#options.logger.info(
        { [LogField.reason]: list.next === undefined ? 'one key signs' : 'another key is announced' },
        'the keys that configs are signed with have changed',
      );
    }
    if (list.made_at_ms > this.#writtenMs) this.#store(list);
  }

  #store(list: ConfigKeyList): void {
    const { store, logger } = this.#options;
    this.#writtenMs = list.made_at_ms;
    store({ config_public_key: list.present, config_key_list: list }).then(
      () => {
        this.#storedMs = Math.max(this.#storedMs, list.made_at_ms);
      },
      (error: unknown) => {
        this.#writtenMs = this.#storedMs;
        logger.error(
          { [LogField.error]: error },
          'the keys that configs are signed with could not be stored; they are used all the same',
        );
      },
    );
  }
}
