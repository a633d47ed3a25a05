// One signed benchmark, as a node sends it: the message that the parts work on.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { rawPublicKeyOf } from '@mesh/host';
import { decodeBase64, parseNodeId } from '@mesh/primitives';
import { type BenchmarkAnswer, signingInput } from '@mesh/protocol';
import type { SeededMesh } from '../controller/seed-mesh.ts';
import { SignedSubmissions } from '../load/signed-submissions.ts';

export interface SampleMessage {
  /** The whole HTTP request. */
  readonly request: Uint8Array;
  /** The body of the request. */
  readonly text: string;
  /** The bytes that are signed. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly rawPublicKey: Uint8Array;
}

/** A body such as that of the controller's answer to a benchmark. */
export const SAMPLE_ANSWER = JSON.stringify({
  status: 'received',
  node_id: parseNodeId('node-00000'),
  epoch_id: 1,
  membership: 'ALLOWED',
  reason: 'the benchmark is fresh and every score is high enough',
  reason_code: 'ok',
  server_time_ms: 1_800_000_000_000,
} satisfies BenchmarkAnswer);

/** A benchmark of the first node of a mesh. */
export function sampleMessage({ meshId, identities: [identity] }: SeededMesh): SampleMessage {
  if (identity === undefined) throw new RangeError('the mesh needs an identity');
  const request = new SignedSubmissions(meshId, identity).next();
  const text = Buffer.from(request).toString().split('\r\n\r\n')[1] ?? '';
  const body = JSON.parse(text) as { readonly signature: string };
  const privateKey = createPrivateKey(identity.privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  return {
    request,
    text,
    signed: signingInput('benchmark', body),
    signature: decodeBase64(body.signature, { lengthBytes: 64 }),
    privateKey,
    publicKey,
    rawPublicKey: rawPublicKeyOf(publicKey),
  };
}
