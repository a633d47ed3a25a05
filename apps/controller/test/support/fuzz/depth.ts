// How far a request got: which check refused it. A fuzz whose requests all fail at the first check proves
// little, so the depths are counted for each route.

import type { ProblemCode } from '@mesh/protocol';

/** The checks in the order in which a request meets them. */
export const depths = ['http', 'text', 'form', 'names', 'proof', 'beyond', 'answered'] as const;
export type Depth = (typeof depths)[number];

const REFUSED_AT: Partial<Record<ProblemCode, Depth>> = {
  invalid_request: 'http',
  not_found: 'http',
  method_not_allowed: 'http',
  length_required: 'http',
  body_too_large: 'http',
  rate_limited: 'http',
  unauthenticated: 'http',
  forbidden: 'http',
  unsupported_media_type: 'text',
  malformed_json: 'text',
  invalid_message: 'form',
  invalid_parameter: 'form',
  mesh_mismatch: 'names',
  node_mismatch: 'names',
  token_invalid: 'names',
  bad_signature: 'proof',
  officer_unknown: 'proof',
  possession_failed: 'proof',
};

/**
 * @param code undefined for a request that was not refused
 * @param namesNothing whether the request is a good message about something that does not exist
 */
export function depthOf(code: ProblemCode | undefined, namesNothing: boolean): Depth {
  if (code === undefined) return 'answered';
  if (code === 'not_found' && namesNothing) return 'beyond';
  return REFUSED_AT[code] ?? 'beyond';
}
