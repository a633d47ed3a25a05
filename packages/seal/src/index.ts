// Public names of @mesh/seal.

export { generateKemKeyPair, type KemKeyPair, KemPrivateKey } from './kem-key-pair.ts';
export {
  checkKemPublicKey,
  encodeKemPublicKey,
  type KemKeyId,
  type KemPublicKey,
  kemKeyId,
  parseKemPublicKey,
} from './kem-public-key.ts';
export { type OpenInput, openSealed } from './open-sealed.ts';
export { SealError, type SealErrorCode } from './seal-error.ts';
export { configSealInfo, epochSealInfo, type SealRecipient } from './seal-info.ts';
export { type SealInput, sealTo } from './seal-to.ts';
export {
  DEFAULT_SUITE,
  encapsulationRandomnessLength,
  kemSeedLength,
  parseSealSuite,
  SEAL_SUITES,
  type SealSuite,
} from './suites.ts';
export { portableX25519, type X25519 } from './x25519.ts';
