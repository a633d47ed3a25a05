// Finds the officer who signed for planned work. The request does not name the officer, so each key is tried.

import type { Officer } from '@mesh/membership';
import { type MessageKind, ProblemError, problem } from '@mesh/protocol';
import type { SignatureVerifier } from './verify-signature.ts';

/**
 * @param body the request as received
 * @throws ProblemError `officer_unknown`
 */
export async function findOfficer(
  officers: readonly Officer[],
  signatures: SignatureVerifier,
  kind: MessageKind,
  body: { readonly signature: string },
): Promise<Officer> {
  for (const officer of officers) if (await signatures.verify(kind, body, officer.publicKey)) return officer;
  throw new ProblemError(
    problem(
      'officer_unknown',
      officers.length === 0
        ? 'this mesh has no officers: add one to `officers` in the configuration and restart the controller'
        : `the request is not signed by ${officers.map(({ name }) => name).join(' or ')}: sign with the key of one of them (meshctl officers list)`,
    ),
  );
}
