// What happens to the policy, and the log entries of it.

import type { EpochId, JsonValue, Sha256Hex } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import { type Actor, causeFields } from './actor.ts';
import { policyTextOf } from './policy-text.ts';

export type PolicyEvent =
  /** A policy was accepted. It decides once a `policy_applied` names its version. */
  | {
      readonly type: 'policy_changed';
      readonly version: number;
      readonly hash: Sha256Hex;
      readonly policy: Policy;
      /** As in `PolicyRecord`. */
      readonly configurationHash: Sha256Hex | undefined;
      /** What it makes weaker, in sentences. */
      readonly weaker: readonly string[];
      readonly applies: 'at_once' | 'next_boundary';
      readonly why: string;
      readonly actor: Actor;
    }
  /** From here on the policy decides. The epoch is the first one whose members it chooses. */
  | { readonly type: 'policy_applied'; readonly version: number; readonly epochId: EpochId };

/** What the log entry of an event shows. */
export function policyLogData(event: PolicyEvent): { readonly [name: string]: JsonValue } {
  switch (event.type) {
    case 'policy_changed':
      // The whole policy, so that anybody can check its hash and try it on what the log reveals.
      return {
        version: event.version,
        policy_sha256: event.hash,
        policy: JSON.parse(policyTextOf(event.policy)) as JsonValue,
        configuration_sha256: event.configurationHash ?? null,
        weaker: [...event.weaker],
        applies: event.applies,
        ...causeFields(event),
      };
    case 'policy_applied':
      return { version: event.version };
    default:
      return event satisfies never;
  }
}
