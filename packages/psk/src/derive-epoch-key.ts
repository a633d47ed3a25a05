// Epoch secret → epoch key:
//
//   epochKey = HKDF-Extract(salt = lp("mesh/psk/v1") ‖ lp(meshId) ‖ uint64be(epochId), ikm = epochSecret)
//
// The package never gives the key itself out. Only the HMAC state keyed with it stays in memory.

import {
  concatBytes,
  type EpochId,
  hkdfExtract,
  type KeyedHmac,
  lengthPrefixed,
  type MeshId,
  parseEpochId,
  parseMeshId,
  Redacted,
  uint64be,
  wipe,
} from '@mesh/primitives';
import type { EpochSecret } from './epoch-secret.ts';
import { type PskHash, portableHash } from './hash.ts';
import { SCHEDULE_LABEL } from './labels.ts';
import { PskError } from './psk-error.ts';

export interface EpochKeyInput {
  readonly meshId: MeshId;
  readonly epochId: EpochId;
  readonly epochSecret: EpochSecret;
}

/**
 * The key of one epoch in one mesh, as a keyed HMAC state. Dispose of it when the epoch's last PSK is
 * delivered.
 */
export class EpochKey extends Redacted {
  readonly meshId: MeshId;
  readonly epochId: EpochId;
  #keyed: KeyedHmac | undefined;

  /** @internal Made by `deriveEpochKey`. */
  constructor(meshId: MeshId, epochId: EpochId, keyed: KeyedHmac) {
    super();
    this.meshId = meshId;
    this.epochId = epochId;
    this.#keyed = keyed;
  }

  /**
   * The HMAC under this key, for the derivations of this package. It is lent: the caller must not destroy it.
   * @internal
   * @throws PskError `disposed`
   */
  keyedHmac(): KeyedHmac {
    if (this.#keyed === undefined) {
      throw new PskError('disposed', 'this epoch key was disposed; derive the key of the current epoch');
    }
    return this.#keyed;
  }

  /** Zeroes the keyed state. Disposing again does nothing. */
  dispose(): void {
    this.#keyed?.destroy();
    this.#keyed = undefined;
  }
}

/**
 * Derives the key of an epoch. The epoch secret stays the caller's to dispose; the returned key does not need
 * it.
 * @throws PrimitivesError for a malformed id; PskError `disposed`
 */
export function deriveEpochKey(input: EpochKeyInput, hash: PskHash = portableHash): EpochKey {
  const prk = deriveEpochKeyBytes(input, hash);
  const keyed = hash.keyHmac(prk);
  wipe(prk);
  return new EpochKey(input.meshId, input.epochId, keyed);
}

/** The 32 bytes of the epoch key, owned by the caller, who wipes them. Not public: see `deriveEpochKey`. */
export function deriveEpochKeyBytes(input: EpochKeyInput, hash: PskHash): Uint8Array {
  const salt = concatBytes(
    lengthPrefixed(SCHEDULE_LABEL),
    lengthPrefixed(parseMeshId(input.meshId)),
    uint64be(parseEpochId(input.epochId)),
  );
  return input.epochSecret.use((epochSecret) => hkdfExtract(salt, epochSecret, (key) => hash.keyHmac(key)));
}
