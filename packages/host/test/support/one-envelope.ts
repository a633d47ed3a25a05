// One envelope by a sealer of its own: with a salt, and so with a key, that no other envelope has.

import type { SecretBytes } from '@mesh/primitives';
import { createEnvelopeSealer, type EnvelopeContext } from '../../src/index.ts';

export function sealEnvelope(
  masterKey: Uint8Array | SecretBytes,
  context: EnvelopeContext,
  plaintext: Uint8Array,
): Uint8Array {
  return createEnvelopeSealer(masterKey).seal(context, plaintext);
}

export function openEnvelope(
  masterKey: Uint8Array | SecretBytes,
  context: EnvelopeContext,
  envelope: Uint8Array,
): Uint8Array {
  return createEnvelopeSealer(masterKey).open(context, envelope);
}
