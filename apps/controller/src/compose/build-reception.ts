// Builds what only the routes use: what they remember of earlier requests, the checks of enrolment and
// signatures, the pool of addresses.

import { type AddressRateLimit, createAddressRateLimit, LogField } from '@mesh/host';
import { type ClassRules, type EnrolmentRules, InstanceConflicts, type MeshEvent } from '@mesh/membership';
import { FloodWatch } from '../http/gate/flood-watch.ts';
import { SourceAddresses } from '../http/gate/source-addresses.ts';
import { SubmissionAllowance, submissionsPerMinute } from '../http/gate/submission-allowance.ts';
import { TrustedProxies } from '../http/gate/trusted-proxies.ts';
import { Refusals } from '../http/receive/refusals.ts';
import { RequireWork } from '../http/receive/require-work.ts';
import { enrolmentRulesOf } from '../settings/enrolment-rules.ts';
import { AddressPool } from '../trust/address-pool.ts';
import { createEquationCheck } from '../trust/ed25519-equation.ts';
import { EnrolmentChallenges } from '../trust/enrolment-challenges.ts';
import { ProofOfWork } from '../trust/proof-of-work.ts';
import { VerifyInTurns } from '../trust/verify-in-turns.ts';
import { SignatureVerifier } from '../trust/verify-signature.ts';
import type { Judgement } from './build-judgement.ts';
import type { Observed } from './build-observed.ts';
import type { Published } from './build-publication.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface Reception {
  readonly instances: InstanceConflicts;
  readonly enrolments: EnrolmentChallenges;
  readonly addresses: AddressPool;
  readonly signatures: SignatureVerifier;
  readonly addressRateLimit: AddressRateLimit;
  readonly submissions: SubmissionAllowance;
  readonly proxies: TrustedProxies;
  readonly sources: SourceAddresses;
  readonly flood: FloodWatch;
  readonly requireWork: RequireWork;
  /** The caller closes it before the journal. */
  readonly refusals: Refusals;
  readonly rules: EnrolmentRules & ClassRules;
}

export function buildReception(
  { config, clock, timers, randomBytes, logger }: Platform,
  { view, startLimits }: Storage,
  { networks }: Published,
  { judge }: Judgement,
  opened: Opened,
): Reception {
  const equations = new VerifyInTurns({
    isValid: createEquationCheck(),
    onThreadLost: (error) =>
      logger.error({ [LogField.error]: error }, 'signatures are verified on the event loop from now on'),
  });
  opened.push(() => equations.close());
  const proxies = new TrustedProxies(config.trusted_proxies);
  const sources = new SourceAddresses(proxies);
  const flood = new FloodWatch({
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    timers,
    logger,
  });
  return {
    instances: new InstanceConflicts(),
    enrolments: new EnrolmentChallenges(randomBytes),
    addresses: new AddressPool(networks, (address) => view.isAddressTaken(address)),
    signatures: new SignatureVerifier(equations),
    addressRateLimit: createAddressRateLimit(config.limits.address_per_minute),
    submissions: new SubmissionAllowance(
      submissionsPerMinute(config.limits.submissions_per_minute, config.epoch_seconds),
      () => clock.monotonicMs(),
    ),
    proxies,
    sources,
    flood,
    requireWork: new RequireWork(config.limits.enrolments_per_minute, {
      work: new ProofOfWork({ randomBytes }),
      sources,
      flood,
      clock,
    }),
    refusals: new Refusals({ judge, clock, timers, logger }),
    rules: enrolmentRulesOf(config, startLimits.limits),
  };
}

/**
 * Call it after each commit. What is remembered of a deleted node must not be taken for its name's next node.
 */
export function forgetDeleted(
  { presence, applied, slotMoves, instances, submissions, addresses }: Reception & Observed,
  events: readonly MeshEvent[],
): void {
  for (const event of events) {
    if (event.type !== 'node_deleted') continue;
    for (const memory of [presence, applied, slotMoves, instances, submissions]) memory.forget(event.nodeId);
    addresses.reconsider();
  }
}
