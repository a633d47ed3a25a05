// The pair limits of the configuration, which count from a start of the controller on. Where there are
// officers, a start may tighten them, and loosens them only once officers have signed for it.

import type { Problem } from '@mesh/protocol';
import { type LimitPolicy, limitsDigest } from '../events/limits-event.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { limitsWeaken, strictestLimits } from '../peering/limits-weaken.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { CommandContext, Outcome } from './outcome.ts';

/** Says whether looser limits may take the place of those in force; as `AuthorisePolicy`. */
export type AuthoriseLimits = (
  change: { readonly before: LimitPolicy; readonly after: LimitPolicy },
  view: MeshView,
  context: CommandContext,
) => Outcome;

export interface LimitsAtStart {
  /** What counts from this start on. */
  readonly limits: LimitPolicy;
  /** To be recorded with the start. */
  readonly events: readonly MeshEvent[];
  /** Why a part of the configuration does not count. */
  readonly problem?: Problem;
}

/** @param hasOfficers whether there are officers once this start is recorded */
export function limitsAtStart(
  configured: LimitPolicy,
  hasOfficers: boolean,
  authorise: AuthoriseLimits,
): (view: MeshView, context: CommandContext) => LimitsAtStart {
  return (view, context) => {
    if (!hasOfficers) return { limits: configured, events: [] };
    const { limits: before } = view.controllerFacts();
    if (before === undefined) return { limits: configured, events: [setTo(configured, [])] };
    if (limitsDigest(before) === limitsDigest(configured)) return { limits: configured, events: [] };
    const weaker = limitsWeaken(before, configured);
    if (weaker.length === 0) return { limits: configured, events: [setTo(configured, [])] };
    const permission = authorise({ before, after: configured }, view, context);
    if (permission.kind === 'done')
      return { limits: configured, events: [...permission.events, setTo(configured, weaker)] };
    const limits = strictestLimits(before, configured);
    const tightened = limitsDigest(before) === limitsDigest(limits) ? [] : [setTo(limits, [])];
    return { limits, events: [...permission.events, ...tightened], problem: permission.problem };
  };
}

const setTo = (limits: LimitPolicy, weaker: readonly string[]): MeshEvent => ({
  type: 'pair_limits_set',
  limits,
  weaker,
  actor: { kind: 'system' },
});
