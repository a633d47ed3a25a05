// Builds what moves old tiles to the folder of the published log.

import { MoveOldTiles } from '../schedule/move-old-tiles.ts';
import type { LogPublication } from './build-log.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface TileMoves {
  /** Undefined where they stay. The caller starts it. */
  readonly moveOldTiles: MoveOldTiles | undefined;
}

export function buildTileMoves(
  { config, clock, timers, logger }: Platform,
  { tileMover, erasing: { firstEntryFrom } }: Storage,
  { logFolder }: LogPublication,
  opened: Opened,
): TileMoves {
  const { folder, move_after_days: afterDays } = config.log;
  if (folder === undefined || afterDays === undefined || logFolder === undefined)
    return { moveOldTiles: undefined };
  const moveOldTiles = new MoveOldTiles({
    ...{ folder, afterDays, firstEntryFrom, clock, timers, logger },
    covered: () => logFolder.size,
    moveNext: (to, before) => tileMover.moveNext(to, before),
  });
  opened.push(() => moveOldTiles.close());
  return { moveOldTiles };
}
