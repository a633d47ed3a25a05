// Bodies that the controller would take, for the mesh that is attacked: the protocol's good messages with
// this mesh's names and times in them.

import type { Body } from '@mesh/host/fuzz-kit';
import { encodeBase64, formatRfc3339, PrimitivesError, parseRfc3339 } from '@mesh/primitives';
import {
  certificateRequest,
  enrolmentMessage,
  examCommitment,
  examResult,
  keyRotationMessage,
} from '@mesh/protocol';
import type * as z from 'zod';
import { GOOD_LIST } from '../../../../../packages/protocol/test/support/good-messages.ts';
import { enrolmentRequest, keysFrom } from '../index.ts';
import { proveWgKey, certificateRequest as requestCertificate } from '../node-keys.ts';
import type { FuzzMesh } from './fuzz-mesh.ts';

/** @returns undefined if there is no good message of that schema */
export type GoodBodies = (schema: z.ZodType, sender: 'node-a' | 'node-b') => Body | undefined;

/**
 * Five messages are good in everything but one thing, because a wholly valid one would be carried out: the
 * enrolment is of a host that calls itself `node-a` and has keys of its own, the certificate request is for
 * `node-b`'s key, the rotation of keys names `node-b`'s, too, and no exam is open that the others are about.
 */
export async function goodBodies(mesh: FuzzMesh): Promise<GoodBodies> {
  const { controller } = mesh;
  const usurping = await enrolmentRequest(controller, 'node-a', await controller.token(), {
    keySeed: 'usurper',
  });
  const foreign = { csr_pem: await requestCertificate(keysFrom('node-b'), 'node-b') };
  const challenge = await mesh.nodes['node-a'].client.keyChallenge();
  const claim = { nodeId: 'node-a', slot: 'a', challengeId: challenge.challenge_id } as const;
  const others = keysFrom('node-b');
  const proof = proveWgKey(
    { ...others, identityKey: keysFrom('node-a').identityKey },
    { ...claim, challengeKey: challenge.x25519_public_key },
  );
  const taken: Body = {
    ...{ mesh_id: '', node_id: '', sent_at: formatRfc3339(0), may_interrupt: true, signature: '' },
    ...{ wg_public_keys: { a: encodeBase64(others.wgPublic) }, wg_proofs: { a: proof } },
  };
  return (schema, sender) => {
    if (schema === enrolmentMessage) return structuredClone(usurping) as unknown as Body;
    if (schema === certificateRequest) return { ...foreign };
    if (schema === keyRotationMessage)
      return { ...filled(taken, mesh, sender), node_id: sender, challenge_id: challenge.challenge_id };
    const good = GOOD_LIST.find((one) => one.schema === schema);
    return good === undefined ? undefined : filled(good.body, mesh, sender);
  };
}

/** Schemas whose good body is refused for the one thing that is wrong with it. */
export const refusedAsItIs = (schema: z.ZodType): boolean => REFUSED.includes(schema);

const REFUSED: readonly z.ZodType[] = [
  enrolmentMessage,
  certificateRequest,
  keyRotationMessage,
  examCommitment,
  examResult,
];

const AHEAD_MS: Readonly<Record<string, number>> = { expires_at: 5 * 60_000, until: 30 * 60_000 };

function filled(good: Body, { controller, nodes }: FuzzMesh, sender: 'node-a' | 'node-b'): Body {
  const node = nodes[sender];
  const nowMs = Math.floor(controller.nowMs());
  const named: Body = {
    mesh_id: node.enrolment.mesh_id,
    node_id: sender,
    sequence: node.nextSequence(),
    instance_id: node.instanceId,
  };
  // The policy asks for no challenge, and takes any that is given for a wrong one.
  const { challenge: _challenge, ...rest } = structuredClone(good);
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      named[name] ?? (isTime(value) ? formatRfc3339(nowMs + (AHEAD_MS[name] ?? 0)) : value),
    ]),
  );
}

function isTime(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    parseRfc3339(value);
    return true;
  } catch (error) {
    if (error instanceof PrimitivesError) return false;
    throw error;
  }
}
