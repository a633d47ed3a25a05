// The keys that sign configs: one, or two while another takes the place of the first. One of them signs at
// any moment. What is done here is on disk already.

import { type ConfigKeyList, type Sign, signMessage } from '@mesh/protocol';
import type { SigningKey } from './signing-key.ts';

export class ConfigKeys {
  #present: SigningKey;
  #next: SigningKey | undefined;
  #hasSwitched: boolean;

  /** @param next the key of a change that is under way */
  constructor(present: SigningKey, next?: SigningKey, hasSwitched = false) {
    this.#present = present;
    this.#next = next;
    this.#hasSwitched = hasSwitched;
  }

  /** Signs configs and removal notices with the key that signs now. */
  readonly sign: Sign = (message) => this.#signing().sign(message);

  /** Of the key that signs now. */
  get publicKey(): string {
    return this.#signing().publicKey;
  }
  /** Of the key that is to sign; undefined where none is announced, and after the switch. */
  get nextPublicKey(): string | undefined {
    return this.#hasSwitched ? undefined : this.#next?.publicKey;
  }
  /** Of the key that signed before, from the switch to the end. */
  get previousPublicKey(): string | undefined {
    return this.#hasSwitched ? this.#present.publicKey : undefined;
  }

  /** Signs a list whose present key is the one that signs now. */
  signList(list: Omit<ConfigKeyList, 'present' | 'signature'>): ConfigKeyList {
    return signMessage('config_key_list', { ...list, present: this.publicKey }, this.sign);
  }

  announce(next: SigningKey): void {
    this.#next = next;
  }

  /** Lets the announced key sign from now on. */
  switchOver(): void {
    this.#hasSwitched = this.#next !== undefined;
  }

  /** Ends the change: what does not sign now is forgotten. */
  settle(): void {
    this.#present = this.#signing();
    this.#next = undefined;
    this.#hasSwitched = false;
  }

  #signing(): SigningKey {
    return (this.#hasSwitched ? this.#next : undefined) ?? this.#present;
  }
}
