// Public names of @mesh/seal.

export { type Aead, portableAead } from './aead.ts';
export { Encapsulated, type EncapsulateInput, encapsulateTo } from './encapsulated.ts';
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
export {
  type OpenMessageInput,
  ReceiverContext,
  type SetupReceiverInput,
  setupReceiver,
} from './receiver-context.ts';
export { SealError, type SealErrorCode } from './seal-error.ts';
export { configSealAad, epochSealInfo, type SealRecipient } from './seal-info.ts';
export { type SealInput, sealTo } from './seal-to.ts';
export { type MessageInput, type SealedMessage, SenderContext, setupSender } from './sender-context.ts';
export {
  DEFAULT_SUITE,
  encapsulationRandomnessLength,
  kemSeedLength,
  parseSealSuite,
  SEAL_SUITES,
  type SealSuite,
} from './suites.ts';
export { portableX25519, type X25519 } from './x25519.ts';
