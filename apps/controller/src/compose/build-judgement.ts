// Builds the judge, which puts denials in force, and the leases, which limit how long a node may act on an
// answer.

import { Judge } from '../judge/judge.ts';
import { MasterKeyRotation } from '../judge/master-key-rotation.ts';
import { Leases } from '../leases/leases.ts';
import { MaintenanceWatch } from '../leases/maintenance-watch.ts';
import type { Published } from './build-publication.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface Judgement {
  /** The caller closes it before the journal. */
  readonly judge: Judge;
  readonly maintenance: MaintenanceWatch;
  readonly leases: Leases;
  /** The caller closes it before the journal. */
  readonly masterKeyRotation: MasterKeyRotation;
}

export function buildJudgement(
  { config, clock, timers, randomBytes, logger }: Platform,
  { view, journal, sealer, sealedStore: store }: Storage,
  { members, publication }: Published,
  isBackupBeingMade: () => boolean,
  opened: Opened,
): Judgement {
  const judge = new Judge({
    view,
    journal,
    publication,
    unconfirmedCuts: () => members.unconfirmedCuts(),
    unconfirmedDeclines: () => members.unconfirmedDeclines(),
    unconfirmedHolds: () => members.unconfirmedHolds(),
    timers,
    logger,
  });
  const maintenance = new MaintenanceWatch({
    view,
    clock,
    timers,
    onLeaseChange: () => publication.leaseChanged(),
  });
  opened.push(() => maintenance.close());
  const leases = new Leases({
    leaseSeconds: config.lease_seconds,
    extraMs: () => maintenance.extraMs(),
    isStorageFailing: () => journal.failing,
    clock,
  });
  const masterKeyRotation = new MasterKeyRotation({
    ...{ store, sealer, view, judge, randomBytes, isBackupBeingMade, logger },
  });
  return { judge, maintenance, leases, masterKeyRotation };
}
