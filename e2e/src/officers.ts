// Officers of a scenario, and the revocation that enough of them have signed.

import { ed25519PublicKey, encodeBase64, formatRfc3339 } from '@mesh/primitives';
import { type AdminClient, officerRequest, type SignedRequest, signMessage } from '@mesh/protocol';

const HOUR_MS = 3_600_000;
/** Two of these have to sign. */
const SEEDS = { alice: 1, bob: 2, carol: 3 };
const seedOf = (name: keyof typeof SEEDS) => new Uint8Array(32).fill(SEEDS[name]);
const keyOf = (name: keyof typeof SEEDS) => encodeBase64(ed25519PublicKey(seedOf(name)));

/** For the controller's settings. */
export const OFFICERS = {
  officers: (['alice', 'bob', 'carol'] as const).map((name) => ({ name, public_key: keyOf(name) })),
};

/** A revocation with all the signatures that it needs, ready to be submitted. */
export async function signedRevocation(admin: AdminClient, nodeId: string): Promise<SignedRequest> {
  const subject = { kind: 'node.revoke', parameters: { node_id: nodeId } };
  const nowMs = Date.now();
  const request = officerRequest.parse({
    ...subject,
    ...(await admin.requestDraft(subject as Parameters<AdminClient['requestDraft']>[0])),
    request_id: crypto.randomUUID(),
    not_before: formatRfc3339(nowMs),
    expires_at: formatRfc3339(nowMs + HOUR_MS),
    reason: 'a scenario',
  });
  const signatures = (['alice', 'bob'] as const).map((name) => ({
    officer_key: keyOf(name),
    signature: signMessage('officer_request', request, seedOf(name)).signature,
  }));
  return { request, signatures };
}
