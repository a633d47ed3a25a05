// Ed25519 by libsodium, through the optional package sodium-native. Releases of libsodium compare R bytewise,
// as the strict rules demand, but its development branch multiplies by the cofactor, and then accepts more.
// So the library that is installed is tried on the cases that tell the two apart before it is trusted.

import { createRequire } from 'node:module';
import { type Ed25519Verify, fromHex } from '@mesh/primitives';

interface Libsodium {
  crypto_sign_verify_detached(signature: Buffer, message: Buffer, publicKey: Buffer): boolean;
}

/** @returns undefined if it is not installed, does not run here, or gives another verdict */
export function loadLibsodium(
  load: () => Libsodium = () => createRequire(import.meta.url)('sodium-native') as Libsodium,
): Ed25519Verify | undefined {
  try {
    const sodium = load();
    const check: Ed25519Verify = (signature, message, publicKey) =>
      sodium.crypto_sign_verify_detached(viewOf(signature), viewOf(message), viewOf(publicKey));
    return TRIALS.every(({ signature, verifies }) => check(signature, MESSAGE, KEY) === verifies)
      ? check
      : undefined;
  } catch {
    return undefined;
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const MESSAGE = fromHex('7b226f766572616c6c223a302e39327d');
const KEY = fromHex('046e9a005c53d44afc73b61f1d0dacfbe23363b293f6e9f0f2b477d77cfda463');

const TRIALS: readonly { readonly signature: Uint8Array; readonly verifies: boolean }[] = [
  {
    signature: fromHex(
      'b493555f8e6b578deb489e2f81aac881c3370e4b0598dc3b20cdb018e2c39ca51f430cd5c7a36a3dbad85f910749c7dc0c9ed1cc4fb1fabd2a13057c9bc9c601',
    ),
    verifies: true,
  },
  // R with a torsion component: with the cofactor, the equation holds.
  {
    signature: fromHex(
      '010bd46d5efae1a009c53f1a35144982e2414c0edcd4b7337ea92f92c09da7d90c580bbb14443be15d7fd2dc909d4973ed2dc8d42cfcb901fc987ff9440fd60d',
    ),
    verifies: false,
  },
  // R is the identity, in an encoding that is not canonical.
  {
    signature: fromHex(
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7fe80d477d6b7b75ab7058418bc506a5ee08f0937093566f8b408e56b71a67e001',
    ),
    verifies: false,
  },
];
