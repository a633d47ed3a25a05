// Builds what makes backups of the database while it is in use.

import { Backups } from '../backup/backups.ts';
import { pathsOf } from '../settings/paths.ts';
import type { Judgement } from './build-judgement.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export function buildBackups(
  { config, clock, randomBytes }: Platform,
  { meshId, sealer, journal }: Storage,
  { masterKeyRotation }: Judgement,
  opened: Opened,
): Backups {
  const backups = new Backups({
    paths: pathsOf(config),
    logFolder: config.log.folder,
    meshId,
    sealer,
    isMasterKeyRotating: () => masterKeyRotation.isUnderWay(),
    head: () => journal.head(),
    nowMs: () => Math.floor(clock.nowMs()),
    randomBytes,
  });
  opened.push(() => backups.close());
  return backups;
}
