// The keys that a running agent has now. Its parts stay the same objects when keys are replaced, so
// everything that signs or connects uses the new ones from then on.

import type { Identity, NodeKeys, WgKeyPair } from './key-files.ts';

export class KeyRing implements NodeKeys {
  #now: NodeKeys;
  readonly identity: Identity;
  readonly wireguard: NodeKeys['wireguard'];

  constructor(keys: NodeKeys) {
    this.#now = keys;
    const now = () => this.#now;
    this.identity = {
      get publicKey(): Uint8Array {
        return now().identity.publicKey;
      },
      sign: (message) => now().identity.sign(message),
      toPem: () => now().identity.toPem(),
    };
    this.wireguard = {
      get a(): WgKeyPair {
        return now().wireguard.a;
      },
      get b(): WgKeyPair {
        return now().wireguard.b;
      },
    };
  }

  replace(keys: NodeKeys): void {
    this.#now = keys;
  }
}
