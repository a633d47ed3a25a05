// Whether an answer to a config query was signed by a key that its reader trusts. An answer is checked with
// the lists that it brings itself, so a reader that was away while the key changed finds its way from a key
// that it knows.

import type { Ed25519Verify, MeshId, Sha256 } from '@mesh/primitives';
import { verifyConfig } from './config-batch.ts';
import { type ConfigKeyTrust, followKeyLists, keysTrustedAt } from './config-key-chain.ts';
import { type ConfigOrNotice, isRemovalNotice } from './messages/removal-notice.ts';
import { verifyMessage } from './sign-message.ts';

export interface CheckedSignature {
  /** The keys that are trusted once the answer counts. */
  readonly trust: ConfigKeyTrust;
  /** The one that has signed the answer. */
  readonly signedBy: Uint8Array;
}

/**
 * Checks the signature of a config (alone or in a batch) or a notice. Like `verifyMessage`, it does not
 * compare the mesh and the node that the answer names with those of the reader.
 *
 * @param trust what the reader trusts before the answer
 * @param raw the body as it was received
 * @param sha256 the platform's, where speed matters
 * @returns undefined if the answer is not to be trusted
 */
export function checkConfigSignature(
  trust: ConfigKeyTrust,
  { body, raw }: { readonly body: ConfigOrNotice; readonly raw: object },
  meshId: MeshId,
  verify?: Ed25519Verify,
  sha256?: Sha256,
): CheckedSignature | undefined {
  const isNotice = isRemovalNotice(body);
  const lists = isNotice ? [] : (body.config_key_lists ?? []);
  const followed = followKeyLists(trust, lists, meshId, verify);
  if (followed === undefined) return undefined;
  const signedBy = keysTrustedAt(followed, body.server_time_ms).find((key) =>
    isNotice
      ? verifyMessage('removal_notice', raw, key, verify)
      : verifyConfig(raw, key, meshId, verify, sha256),
  );
  return signedBy && { trust: followed, signedBy };
}
