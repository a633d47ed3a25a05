// POST /v1/nodes/{node_id}/keys, on the nodes listener: a node replaces its own keys. POST …/keys/challenge
// gives the challenge for it, where a certificate stands in for proof of work.

import { type EpochTiming, type MeshView, type NodeRecord, rotateKeys } from '@mesh/membership';
import { checkEd25519PublicKey, decodeBase64, type NodeId } from '@mesh/primitives';
import {
  type KeyRotationAnswer,
  type KeyRotationMessage,
  keyRotationMessage,
  keyRotationProofBody,
  ProblemError,
  problem,
  type Rotation,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import type { MoveAnswer, SlotMoves } from '../../publish/slot-moves.ts';
import type { EnrolmentChallenges } from '../../trust/enrolment-challenges.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import type { SubmissionAllowance } from '../gate/submission-allowance.ts';
import { type ReceivePorts, receiveSigned } from '../receive/receive-signed.ts';
import { checkWgProofs, requireOpenChallenge } from '../receive/wg-proof.ts';
import { checkCertificateRequest, type IssuePorts, issueCertificate } from '../respond/issue-certificate.ts';
import { type NewChallengePorts, newChallenge } from '../respond/new-challenge.ts';

export type RotateKeysPorts = ReceivePorts &
  Omit<IssuePorts, 'config'> & {
    readonly view: MeshView;
    readonly timing: EpochTiming;
    readonly enrolments: EnrolmentChallenges;
    readonly submissions: SubmissionAllowance;
    readonly config: { readonly certificate_hours: number; readonly rotation: Rotation };
    readonly slotMoves: Pick<SlotMoves, 'ask' | 'carrying' | 'replaced'>;
  };

export type KeyChallengePorts = NewChallengePorts;

export function keyChallengeRoute(ports: KeyChallengePorts): Handler<NodesEnv> {
  return (context) => context.json(newChallenge(ports));
}

export function rotateKeysRoute(ports: RotateKeysPorts): Handler<NodesEnv> {
  const { judge, config, keys, timing, submissions, slotMoves } = ports;
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(ports, 'key_rotation', context, keyRotationMessage);
    checkWireGuard(ports, node, message);
    const identityKey = await checkIdentity(ports, message);
    const { identity, wg_public_keys: wgPublicKeys, may_interrupt: mayInterrupt } = message;
    const wanted = { nodeId: node.nodeId, identityKey: identity?.public_key, wgPublicKeys, mayInterrupt };
    const { a: presentA, b: presentB } = node.wgPublicKeys;
    const replacesA = wgPublicKeys.a !== undefined && wgPublicKeys.a !== presentA;
    const replacesB = wgPublicKeys.b !== undefined && wgPublicKeys.b !== presentB;
    if (!mayInterrupt && isInPlace(ports, node)) {
      if (replacesA) requireMoved(slotMoves.ask(node));
      if (replacesB && slotMoves.carrying(node).has('b')) requireMoved({ kind: 'under_way' });
    }
    const schedule = { rotation: config.rotation, timing, carrying: slotMoves.carrying(node) };
    const foreseen = judge.foresee(rotateKeys(wanted, schedule));
    // A refusal is free: it changes nothing, and agents ask again until a slot carries no tunnels.
    if (foreseen.outcome.kind === 'done') submissions.charge(node.nodeId, 'key_rotation');
    await judge.run(foreseen);
    if (replacesA) slotMoves.replaced(node);
    const now = ports.view.node(node.nodeId) ?? node;
    const { a, b } = now.wgPublicKeys;
    const answer: KeyRotationAnswer = {
      node_id: node.nodeId,
      identity_key: now.identityKey,
      wg_public_keys: b === undefined ? { a } : { a, b },
      ...(identity === undefined || identityKey === undefined
        ? {}
        : {
            certificate_pem: await issueCertificate(ports, node.nodeId, identityKey, identity.csr_pem),
            ca_pem: keys.authority.trustedPem,
          }),
    };
    return context.json(answer);
  };
}

function isInPlace({ config }: RotateKeysPorts, { membership }: NodeRecord): boolean {
  return config.rotation === 'in_place' && membership === 'admitted';
}

/** @throws ProblemError `state_conflict`, with `ask_again` if that helps */
function requireMoved(answer: MoveAnswer): void {
  switch (answer.kind) {
    case 'moved':
      return;
    case 'under_way':
      throw new ProblemError(
        problem('state_conflict', 'tunnels move from slot to slot: ask again', { ask_again: 'yes' }),
        ASK_AGAIN_SECONDS,
      );
    case 'impossible':
      throw new ProblemError(
        problem(
          'state_conflict',
          `slot a carries tunnels, and cannot be freed: the agents of ${named(answer.nodeIds)} cannot move to slot b. Update them and give each a second port, or let the change interrupt the tunnels`,
        ),
      );
    case 'stuck':
      throw new ProblemError(
        problem(
          'state_conflict',
          `slot a carries tunnels, and cannot be freed: those with ${named(answer.nodeIds)} made no session in slot b. Open the second UDP port, or let the change interrupt the tunnels`,
        ),
      );
  }
}

/** Each try is two requests, and a node has a limited number of them in a minute. */
const ASK_AGAIN_SECONDS = 2;
const MOST_NAMED = 10;

function named(nodeIds: readonly NodeId[]): string {
  const more = nodeIds.length - MOST_NAMED;
  return nodeIds.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** @throws ProblemError `challenge_expired`, `possession_failed` */
function checkWireGuard(
  { enrolments, clock }: RotateKeysPorts,
  node: NodeRecord,
  { challenge_id: challengeId, wg_public_keys: named, wg_proofs: proofs }: KeyRotationMessage,
): void {
  const identityKey = decodeBase64(node.identityKey, { lengthBytes: 32 });
  requireOpenChallenge(enrolments, challengeId, clock.nowMs());
  checkWgProofs(enrolments, { challengeId, nodeId: node.nodeId, identityKey }, named, proofs);
}

/** @returns the new identity key's bytes, if one is named @throws ProblemError `possession_failed` */
async function checkIdentity(
  ports: RotateKeysPorts,
  message: KeyRotationMessage,
): Promise<Uint8Array | undefined> {
  const { identity } = message;
  if (identity === undefined) return undefined;
  const bytes = decodeBase64(identity.public_key, { lengthBytes: 32 });
  try {
    checkEd25519PublicKey(bytes);
  } catch {
    throw new ProblemError(problem('possession_failed', 'identity: it is not a sound Ed25519 key'));
  }
  const proof = { ...keyRotationProofBody(message), signature: identity.proof };
  if (!(await ports.signatures.verify('key_rotation_proof', proof, identity.public_key)))
    throw new ProblemError(
      problem('possession_failed', 'identity: the proof is not signed with the new identity key'),
    );
  await checkCertificateRequest(ports, bytes, identity.csr_pem);
  return bytes;
}
