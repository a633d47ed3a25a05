// Checks that a node has the private halves of the WireGuard keys that it names, against a challenge that is
// open.

import { decodeBase64 } from '@mesh/primitives';
import { type PossessionClaim, ProblemError, problem } from '@mesh/protocol';
import type { EnrolmentChallenges } from '../../trust/enrolment-challenges.ts';

type Slot = PossessionClaim['slot'];
type BySlot = { readonly [slot in Slot]?: string | undefined };

/** @throws ProblemError `challenge_expired` */
export function requireOpenChallenge(
  enrolments: EnrolmentChallenges,
  challengeId: string,
  nowMs: number,
): void {
  if (!enrolments.isOpen(challengeId, nowMs))
    throw new ProblemError(
      problem('challenge_expired', 'ask for a new challenge and send the request again'),
    );
}

/**
 * @param claim whose challenge is open: see {@link requireOpenChallenge}
 * @param publicKeys base64, as the proofs; a slot for which neither is named passes
 * @throws ProblemError `possession_failed`
 */
export function checkWgProofs(
  enrolments: EnrolmentChallenges,
  claim: Pick<PossessionClaim, 'challengeId' | 'nodeId' | 'identityKey'>,
  publicKeys: BySlot,
  proofs: BySlot,
): void {
  for (const slot of ['a', 'b'] as const) {
    const [publicKey, proof] = [publicKeys[slot], proofs[slot]];
    if (publicKey === undefined && proof === undefined) continue;
    const proven =
      publicKey !== undefined &&
      proof !== undefined &&
      enrolments.verify(
        { ...claim, slot, wgPublicKey: decodeBase64(publicKey, { lengthBytes: 32 }) },
        decodeBase64(proof, { lengthBytes: 32 }),
      );
    if (!proven)
      throw new ProblemError(
        problem('possession_failed', `possession of the WireGuard key of slot ${slot} was not proven`),
      );
  }
}
