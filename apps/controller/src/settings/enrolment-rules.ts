// The rules of enrolments and classes, from the configuration.

import { type ClassRules, type EnrolmentRules, type LimitPolicy, Peering } from '@mesh/membership';
import type { ControllerConfig } from './config.ts';

/** @param limits the pair limits in force */
export function enrolmentRulesOf(config: ControllerConfig, limits: LimitPolicy): EnrolmentRules & ClassRules {
  const { enrolment, classes, peer_groups: groups } = config;
  const capped = Object.entries(classes).flatMap(([name, { max_nodes: most }]) =>
    most === undefined ? [] : [[name, most] as const],
  );
  return {
    allowedIds: enrolment.allow && new Set(enrolment.allow),
    mostByClass: new Map(capped),
    mostByAddress: enrolment.nodes_per_address,
    needsApproval: enrolment.approve,
    limits: limits.classes,
    peering: new Peering(groups),
  };
}
