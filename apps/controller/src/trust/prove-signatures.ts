// Checks the signatures under a request that officers sign.

import type { OfficerSet } from '@mesh/membership';
import type { OfficerSignature, SignedRequest } from '@mesh/protocol';
import type { SignatureVerifier } from './verify-signature.ts';

export interface ProvenSignatures {
  /** Those that hold under the key of an officer. */
  readonly signatures: readonly OfficerSignature[];
  /** The keys of the others. */
  readonly unproven: readonly string[];
}

/** Only officers' keys are tried: strangers cannot make the controller verify anything. */
export async function proveSignatures(
  { request, signatures }: SignedRequest,
  { officers }: OfficerSet,
  verifier: SignatureVerifier,
): Promise<ProvenSignatures> {
  const verdicts = await Promise.all(
    signatures.map(
      ({ officer_key: key, signature }) =>
        officers.some(({ publicKey }) => publicKey === key) &&
        verifier.verify('officer_request', { ...request, signature }, key),
    ),
  );
  return {
    signatures: signatures.filter((_, at) => verdicts[at]),
    unproven: signatures.filter((_, at) => !verdicts[at]).map(({ officer_key: key }) => key),
  };
}
