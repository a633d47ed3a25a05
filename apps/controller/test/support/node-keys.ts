// The keys of a test node, its certificate request and its proofs of possession.

import 'reflect-metadata';
import { createHash, hkdfSync, webcrypto } from 'node:crypto';
import { concatBytes, decodeBase64, ed25519PublicKey, encodeBase64, fromHex } from '@mesh/primitives';
import { possessionProof } from '@mesh/protocol';
import { x25519 } from '@noble/curves/ed25519.js';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

/** RFC 8410 section 7: the bytes before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_HEAD = fromHex('302e020100300506032b657004220420');
const ALGORITHM = { name: 'Ed25519' } as const;

export interface NodeKeys {
  readonly seed: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly wgPrivate: Uint8Array;
  readonly wgPublic: Uint8Array;
  /** PKCS #8, PEM: for TLS. */
  readonly keyPem: string;
}

/** The same name gives the same keys, so that failures can be repeated. */
export function keysFrom(name: string): NodeKeys {
  const material = (what: string) =>
    new Uint8Array(hkdfSync('sha256', createHash('sha256').update(name).digest(), '', what, 32));
  const seed = material('identity');
  const wgPrivate = material('wireguard');
  const der = encodeBase64(concatBytes(PKCS8_HEAD, seed));
  return {
    seed,
    identityKey: ed25519PublicKey(seed),
    wgPrivate,
    wgPublic: x25519.getPublicKey(wgPrivate),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
  };
}

/** A PKCS #10 request for the identity key, signed with it. */
export async function certificateRequest(keys: NodeKeys, name: string): Promise<string> {
  const { subtle } = webcrypto;
  const pkcs8 = concatBytes(PKCS8_HEAD, keys.seed) as Uint8Array<ArrayBuffer>;
  const raw = keys.identityKey as Uint8Array<ArrayBuffer>;
  const pair = {
    privateKey: await subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']),
    publicKey: await subtle.importKey('raw', raw, ALGORITHM, true, ['verify']),
  };
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=${name}`,
    keys: pair as never,
    signingAlgorithm: ALGORITHM,
  });
  return request.toString('pem');
}

/** The proof, in base64, that the node holds a WireGuard key, made with the controller's ephemeral key. */
export function proveWgKey(
  keys: NodeKeys,
  claim: {
    nodeId: string;
    slot: 'a' | 'b';
    challengeId: string;
    challengeKey: string;
    wgPrivate?: Uint8Array;
  },
): string {
  const wgPrivate = claim.wgPrivate ?? keys.wgPrivate;
  return encodeBase64(
    possessionProof({
      sharedSecret: x25519.getSharedSecret(wgPrivate, decodeBase64(claim.challengeKey, { lengthBytes: 32 })),
      challengeId: claim.challengeId,
      nodeId: claim.nodeId,
      identityKey: keys.identityKey,
      slot: claim.slot,
      wgPublicKey: x25519.getPublicKey(wgPrivate),
    }),
  );
}
