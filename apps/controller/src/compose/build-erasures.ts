// Builds what erases details, and what says how much the database has grown.

import type { KeptFor } from '../http/routes/health-routes.ts';
import { Erasures } from '../schedule/erasures.ts';
import type { StorageSize } from '../store/storage-size.ts';
import type { Judgement } from './build-judgement.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface Retention {
  /** The caller starts it. */
  readonly erasures: Erasures;
  readonly storageSize: () => StorageSize;
  readonly kept: KeptFor;
}

export function buildErasures(
  { config, clock, timers, logger }: Platform,
  { journal, erasing }: Storage,
  { judge }: Judgement,
  opened: Opened,
): Retention {
  const { details_days: keptDays, configs_days: toldDays } = config.retention;
  const erasures = new Erasures({ ...erasing, keptDays, toldDays, judge, clock, timers, logger });
  opened.push(() => erasures.close());
  journal.onCommit((events) => erasures.onCommit(events));
  const kept = {
    details_days: keptDays ?? null,
    configs_days: toldDays,
    move_after_days: config.log.move_after_days ?? null,
  };
  return { erasures, storageSize: erasing.storageSize, kept };
}
