// A policy as text, and the hash by which requests and log entries name it.

import { canonicalJson, portableSha256, type Sha256Hex, sha256Hex, utf8 } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';

/** The canonical JSON (RFC 8785) of a policy with all its defaults: the text that is logged and stored. */
export function policyTextOf(policy: Policy): string {
  // Settings that are absent may be present as undefined, which canonical JSON refuses.
  return canonicalJson(JSON.parse(JSON.stringify(policy)));
}

/** SHA-256 of {@link policyTextOf} in UTF-8. */
export function policyHashOf(policy: Policy): Sha256Hex {
  return sha256Hex(portableSha256(utf8(policyTextOf(policy))));
}
