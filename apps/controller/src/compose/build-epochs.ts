// Builds what the clock drives: opening epochs, denying stale nodes, writing status.json.

import { type EpochRecord, expiryOf } from '@mesh/membership';
import { recordStart } from '../judge/adopt-policy.ts';
import type { PskDeriver } from '../keys/psk-deriver.ts';
import { sealStatus } from '../publish/sealed-status.ts';
import { StatusFileWriter } from '../publish/status-file.ts';
import { newChallenge } from '../schedule/draw-exam.ts';
import { EpochRunner } from '../schedule/epoch-runner.ts';
import type { ExamWatch } from '../schedule/exam-watch.ts';
import { HoldWatch } from '../schedule/hold-watch.ts';
import { QuarantineWatch } from '../schedule/quarantine-watch.ts';
import { StalenessWatch } from '../schedule/staleness-watch.ts';
import { ToldRecorder } from '../schedule/told-recorder.ts';
import { configuredOfficers } from '../settings/configured-officers.ts';
import { examWarnings } from '../settings/exam-warnings.ts';
import { officerWarnings } from '../settings/officer-warnings.ts';
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
  /** The caller starts and closes it. */
  readonly quarantines: QuarantineWatch;
  /** The caller starts and closes it. */
  readonly holds: HoldWatch;
  /** The caller starts and closes it. */
  readonly toldRecorder: ToldRecorder;
}

export function buildEpochs(
  { config, configured, clock, timers, logger, randomBytes }: Platform,
  { meshId, sealer, view, policy, journal, waiver, startLimits }: Storage,
  { pairLimits, publication, standing }: Published,
  { judge }: Judgement,
  { timing, ahead, told }: EpochKeys,
  exams: Pick<ExamWatch, 'cameIntoForce'>,
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
    warnings: () => [...officerWarnings(view, config), ...examWarnings(view, policy(), config)],
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
      void exams.cameIntoForce(epochId);
      status.touch();
    },
    onFreezeNear: () => void ahead.begin(),
    recordStart: () =>
      recordStart(
        { judge, logger },
        {
          version: VERSION,
          policy: configured,
          officers: configuredOfficers(config),
          limits: startLimits,
          newChallenge: () => newChallenge(randomBytes),
        },
      ),
  });
  const staleness = new StalenessWatch({ view, policy, judge, waiver, clock, timers, logger });
  const quarantines = new QuarantineWatch({ view, judge, clock, timers, logger });
  const holds = new HoldWatch({ view, judge, clock, timers, logger });
  const epochMs = config.epoch_seconds * 1_000;
  const toldRecorder = new ToldRecorder({ told, epochMs, judge, timers, logger });
  return { expiryOf: expiry, status, epochs, staleness, quarantines, holds, toldRecorder };
}
