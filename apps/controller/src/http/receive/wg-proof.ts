// Checks that a node has the private half of a WireGuard key that it names.

import { decodeBase64 } from '@mesh/primitives';
import { type PossessionClaim, ProblemError, problem } from '@mesh/protocol';
import type { EnrolmentChallenges } from '../../trust/enrolment-challenges.ts';

/**
 * @param claim whose challenge is open: the caller has checked that
 * @param publicKey base64, as the proof; a slot for which neither is named passes
 * @throws ProblemError `possession_failed`
 */
export function checkWgProof(
  enrolments: EnrolmentChallenges,
  claim: Pick<PossessionClaim, 'challengeId' | 'nodeId' | 'identityKey'>,
  slot: PossessionClaim['slot'],
  publicKey: string | undefined,
  proof: string | undefined,
): void {
  if (publicKey === undefined && proof === undefined) return;
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
