// The policy, as operators read, try and change it, and the explanation of one node's standing under it.

import * as z from 'zod';
import * as field from '../fields.ts';
import { membership } from './benchmark.ts';

/** A body has at most 65,536 bytes; JSON writes a line's end as two characters. */
const MAX_POLICY_TEXT = 49_152;
/** YAML or JSON, as the operator wrote it. */
const policyText = z.string().min(1).max(MAX_POLICY_TEXT);

export const checkPolicyRequest = z.strictObject({ text: policyText });
export type CheckPolicyRequest = z.input<typeof checkPolicyRequest>;

export const setPolicyRequest = z.strictObject({
  text: policyText,
  reason: field.reason,
  /** Apply now and not at the next boundary. Refused if the policy is weaker in anything. */
  at_once: z.boolean().default(false),
  /**
   * The newest version that the sender has seen: the one that waits or, if none does, the one in force.
   * Refused if there is a newer one.
   */
  replaces: field.count.optional(),
});
export type SetPolicyRequest = z.input<typeof setPolicyRequest>;

const policyVersion = z.object({
  version: field.count,
  /** Of the policy's canonical JSON. */
  sha256: z.string(),
  policy: z.record(z.string(), z.unknown()),
  from: z.enum(['configuration', 'operator']),
  reason: z.string(),
  changed_at: z.string(),
  /** Null while it waits for the next boundary. */
  applied_at: z.string().nullable(),
});
export type PolicyVersion = z.infer<typeof policyVersion>;

export const policyStatus = z.object({
  /** Null until the first epoch is opened. */
  in_force: policyVersion.nullable(),
  /** The policy that replaces it at the next boundary. */
  next: policyVersion.nullable(),
});
export type PolicyStatus = z.infer<typeof policyStatus>;

const standing = z.enum(['good', 'declining', 'denied']);

/** What another policy would change, tried on the present evidence. */
export const policyTrial = z.object({
  sha256: z.string(),
  differences: z.array(
    z.object({ path: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
  ),
  /** What it makes weaker, in sentences. */
  weaker: z.array(z.string()),
  /**
   * What the new policy asks for and what cannot work here as it asks, in sentences; earlier controllers do
   * not say it.
   */
  warnings: z.array(z.string()).default([]),
  nodes: z.array(
    z.object({
      node_id: field.nodeId,
      now: standing,
      would_be: standing,
      effect: z.enum(['cut', 'held', 'admitted', 'limited', 'unlimited', 'none']),
      reason_code: z.string(),
      reason: z.string(),
    }),
  ),
});
export type PolicyTrial = z.infer<typeof policyTrial>;

export const policyChanged = policyTrial.extend({
  version: field.count,
  applies: z.enum(['at_once', 'next_boundary']),
});
export type PolicyChanged = z.infer<typeof policyChanged>;

export const nodeExplanation = z.object({
  node_id: field.nodeId,
  class: z.string(),
  membership,
  reason_code: z.string(),
  reason: z.string(),
  /** The policy in force; 0 until the first is recorded. */
  policy_version: field.count,
  rules: z.array(
    z.object({
      /** The place in the policy that sets the rule. */
      rule: z.string(),
      decides: z.enum(['denied', 'declining', 'probation', 'advice']),
      met: z.boolean(),
      sentence: z.string(),
    }),
  ),
});
export type NodeExplanation = z.infer<typeof nodeExplanation>;
