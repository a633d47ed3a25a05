// A node's request to replace its own keys, good or bad in one thing.

import { encodeBase64, formatRfc3339, parseIdentityKey, parseNodeId } from '@mesh/primitives';
import { type KeyRotationMessage, keyRotationProofBody, signMessage } from '@mesh/protocol';
import type { TestNode } from './index.ts';
import { certificateRequest, type NodeKeys, proveWgKey } from './node-keys.ts';

export interface WantedKeys {
  readonly identity?: NodeKeys;
  readonly wireguard?: { readonly a?: NodeKeys; readonly b?: NodeKeys };
  readonly mayInterrupt?: boolean;
  /** Who signs, and for whom; by default the node. */
  readonly signer?: NodeKeys;
  readonly over?: Partial<KeyRotationMessage>;
  /** Signs the proof of the new identity key in its place. */
  readonly proofBy?: NodeKeys;
}

export async function rotation(node: TestNode, wanted: WantedKeys): Promise<KeyRotationMessage> {
  const challenge = await node.client.keyChallenge();
  const prove = (keys: NodeKeys | undefined, slot: 'a' | 'b') =>
    keys &&
    proveWgKey(
      { ...keys, identityKey: node.keys.identityKey },
      {
        nodeId: node.nodeId,
        slot,
        challengeId: challenge.challenge_id,
        challengeKey: challenge.x25519_public_key,
      },
    );
  const { a, b } = wanted.wireguard ?? {};
  const named = <T>(values: { a: T | undefined; b: T | undefined }) => ({
    ...(values.a === undefined ? {} : { a: values.a }),
    ...(values.b === undefined ? {} : { b: values.b }),
  });
  const publicOf = (keys: NodeKeys | undefined) => keys && encodeBase64(keys.wgPublic);
  const body = {
    mesh_id: node.enrolment.mesh_id,
    node_id: parseNodeId(node.nodeId),
    sent_at: formatRfc3339(Math.floor(node.controller.nowMs())),
    challenge_id: challenge.challenge_id,
    wg_public_keys: named({ a: publicOf(a), b: publicOf(b) }),
    wg_proofs: named({ a: prove(a, 'a'), b: prove(b, 'b') }),
    may_interrupt: wanted.mayInterrupt ?? false,
  };
  const { identity, signer = node.keys } = wanted;
  if (identity === undefined)
    return signMessage('key_rotation', { ...body, ...wanted.over }, signer.seed) as KeyRotationMessage;
  const claimed = {
    public_key: parseIdentityKey(encodeBase64(identity.identityKey)),
    csr_pem: await certificateRequest(identity, node.nodeId),
    proof: '',
  };
  const proofBody = keyRotationProofBody({ ...body, identity: claimed });
  const { signature: proof } = signMessage(
    'key_rotation_proof',
    proofBody,
    (wanted.proofBy ?? identity).seed,
  ) as {
    signature: string;
  };
  return signMessage(
    'key_rotation',
    { ...body, identity: { ...claimed, proof }, ...wanted.over },
    signer.seed,
  ) as KeyRotationMessage;
}
