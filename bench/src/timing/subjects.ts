// What is tested for a time that depends on a secret, and the leaks that are planted to show that the test
// finds one.

import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { findTokenSecretObjection } from '@mesh/membership';
import {
  concatBytes,
  type Ed25519Verify,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  type sha256Hex,
  verifyEd25519,
} from '@mesh/primitives';
import { tokenIdOf } from '@mesh/protocol';
import { deriveEpochKey, derivePairPsks, EpochSecret, type PairEnd } from '@mesh/psk';
import type { Subject } from './find-leak.ts';

const POOL = 64;
const MESSAGES = 4_096;
const MESSAGE_BYTES = 200;
const random = (lengthBytes: number) => new Uint8Array(randomBytes(lengthBytes));
const poolOf = (make: () => Uint8Array) => Array.from({ length: POOL }, make);

/** `bytes` with one bit changed. */
function spoilt(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

/** Each call makes new secrets and inputs, so that no round repeats the chance of another. */
export type MakeSubject = () => Subject;

export const subjects: readonly MakeSubject[] = [tokenCheck, signatureCheck, pskDerivation, sameClasses];

/** Each has a leak of the kind that its name says. */
export const plantedLeaks: readonly MakeSubject[] = [plantedComparison, plantedBranch];

/**
 * The hash of a wrong secret that agrees with the token's in all bytes but the last, against one that differs
 * in the first.
 */
function tokenCheck(): Subject {
  const { hash, inputs } = wrongHashes();
  const token = {
    tokenId: tokenIdOf(random(9)),
    secretHash: hexOf(hash),
    usesLeft: 1,
    class: 'default',
    nodeId: undefined,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    needsApproval: false,
    isWithdrawn: false,
  };
  return {
    name: 'token check: a hash that is wrong at its end, or at its start',
    inputs,
    run: (wrong) => findTokenSecretObjection(token, hexOf(wrong)),
    repeats: 8,
  };
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex') as ReturnType<typeof sha256Hex>;

function wrongHashes() {
  const hash = new Uint8Array(createHash('sha256').update(random(32)).digest());
  const inputs = [poolOf(() => spoilt(hash, 31)), poolOf(() => spoilt(hash, 0))] as const;
  return { hash, inputs };
}

/**
 * A wrong R that agrees with the right one in its first half, against one that differs in the first byte. The
 * curve arithmetic takes a time that depends on R, key and message, all of them public: so there are many
 * messages, of which each class has as many.
 */
function signatureCheck(): Subject {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32));
  const platform: Ed25519Verify = (given, signed) => verify(null, signed, publicKey, given);
  const signed = Array.from({ length: MESSAGES }, () => {
    const message = random(MESSAGE_BYTES);
    return concatBytes(new Uint8Array(sign(null, message, privateKey)), message);
  });
  return {
    name: 'signature check: a signature that is wrong in the middle of R, or at its start',
    inputs: [signed.map((each) => spoilt(each, 16)), signed.map((each) => spoilt(each, 0))],
    run: (wrong) => verifyEd25519(wrong.subarray(0, 64), wrong.subarray(64), raw, platform),
    repeats: 1,
  };
}

/** From an epoch secret with few bits, against random ones. */
function pskDerivation(): Subject {
  const meshId = parseMeshId('bench');
  const epochId = parseEpochId(1);
  const end = (name: string): PairEnd => ({ nodeId: parseNodeId(name), publicKey: random(32) });
  const [self, peer] = [end('a'), end('b')];
  return {
    name: 'PSK derivation: from a secret with one bit set, or from a random one',
    inputs: [
      poolOf(() => spoilt(new Uint8Array(32), Math.floor(Math.random() * 32))),
      poolOf(() => random(32)),
    ],
    run: (secret) => {
      const epochSecret = EpochSecret.own(secret.slice());
      return derivePairPsks(deriveEpochKey({ meshId, epochId, epochSecret }), self, [peer]);
    },
    repeats: 1,
  };
}

/** Both classes are the same: what the machine alone makes of it. */
function sameClasses(): Subject {
  const { hash } = wrongHashes();
  return {
    ...tokenCheck(),
    name: 'the token check with one class twice (no leak can be)',
    inputs: [poolOf(() => spoilt(hash, 0)), poolOf(() => spoilt(hash, 0))],
  };
}

/** A comparison that ends at the first difference. */
function plantedComparison(): Subject {
  const { hash, inputs } = wrongHashes();
  return {
    name: 'planted: a comparison that ends at the first difference',
    inputs,
    run: (wrong) => {
      for (let at = 0; at < hash.length; at++) if (hash[at] !== wrong[at]) return false;
      return true;
    },
    repeats: 100,
  };
}

/** The PSK derivation, with a hash more for each secret that starts with a zero byte. */
function plantedBranch(): Subject {
  const { run, inputs } = pskDerivation();
  return {
    name: 'planted: a PSK derivation that does more for a secret that starts with 0',
    inputs: [
      inputs[0].map((secret) => Uint8Array.from(secret, (byte, at) => (at === 0 ? 0 : byte))),
      inputs[1],
    ],
    run: (secret) => {
      if (secret[0] === 0) createHash('sha256').update(secret).digest();
      return run(secret);
    },
    repeats: 1,
  };
}
