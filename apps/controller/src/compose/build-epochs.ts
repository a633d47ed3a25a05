// Builds what the clock drives: opening epochs, denying stale nodes, writing status.json.

import { type EpochRecord, expiryOf } from '@mesh/membership';
import type { PskDeriver } from '../keys/psk-deriver.ts';
import { sealStatus } from '../publish/sealed-status.ts';
import { StatusFileWriter } from '../publish/status-file.ts';
import { EpochRunner } from '../schedule/epoch-runner.ts';
import { StalenessWatch } from '../schedule/staleness-watch.ts';
import { pathsOf } from '../settings/paths.ts';
import { VERSION } from '../version.ts';
import type { EpochKeys } from './build-epoch-keys.ts';
import type { Judgement } from './build-judgement.ts';
import type { Published } from './build-publication.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface Epochs {
  readonly expiryOf: (epoch: EpochRecord) => number;
  readonly status: StatusFileWriter;
  /** The caller starts and closes it. */
  readonly epochs: EpochRunner;
  /** The caller starts and closes it. */
  readonly staleness: StalenessWatch;
}

export function buildEpochs(
  { config, policy, clock, timers, logger }: Platform,
  { meshId, sealer, view, journal, waiver }: Storage,
  { pairLimits, publication, standing }: Published,
  { judge }: Judgement,
  { timing, ahead }: EpochKeys,
  deriver: PskDeriver,
  opened: Opened,
): Epochs {
  const expiry = (epoch: EpochRecord) => expiryOf(epoch.activateAtMs, timing);
  const status = new StatusFileWriter({
    path: pathsOf(config).status,
    sealed: { path: pathsOf(config).sealedStatus, seal: (text) => sealStatus(sealer, meshId, text) },
    view,
    expiryOf: expiry,
    standing,
    limitOf: (node) => pairLimits.of(node, publication.version().epochId)[0]?.bitsPerSecond,
    clock,
    timers,
    logger,
  });
  opened.push(() => status.close());
  const epochs = new EpochRunner({
    meshId,
    timing,
    view,
    context: () => journal.context(),
    judge,
    deriver,
    clock,
    timers,
    logger,
    onInForce: (epochId) => {
      publication.cameIntoForce(epochId);
      status.touch();
    },
    onFreezeNear: () => void ahead.begin(),
    recordStart: () =>
      judge.run(() => ({ kind: 'done', events: [{ type: 'controller_started', version: VERSION }] })),
  });
  const staleness = new StalenessWatch({ view, policy, judge, waiver, clock, timers, logger });
  return { expiryOf: expiry, status, epochs, staleness };
}
