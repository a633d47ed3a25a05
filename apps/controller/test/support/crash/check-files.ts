// What the next start finds in the files that a controller left behind when it died: nothing that it has told
// is lost, no state is half there, the log and its heads verify, and it goes on.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  leafHash,
  parseEntryBundle,
  renderTilePath,
  rootFromTiles,
  TILE_WIDTH,
  type Tile,
} from '@mesh/audit';
import { closeAll, createLogger, systemClock } from '@mesh/host';
import { equalBytes } from '@mesh/primitives';
import { openStorage, type Storage } from '../../../src/compose/open-storage.ts';
import type { Opened } from '../../../src/compose/platform.ts';
import { initController } from '../../../src/init.ts';
import { readFolderCheckpoint } from '../../../src/publish/read-folder-checkpoint.ts';
import { type ControllerConfig, configuredPolicyOf } from '../../../src/settings/config.ts';
import { openServedDatabase } from '../../../src/store/open-store.ts';
import { ToldFile } from '../../../src/store/told-file.ts';
import { verifyDatabaseOf } from '../../../src/verify.ts';
import { tokenOf } from '../journal-commands.ts';
import { type Told, untrueOf } from './told.ts';

export interface Found {
  /** What is not as it has to be, one phrase each. */
  readonly faults: readonly string[];
  /** Of the log, in entries, as it was found. */
  readonly size: number;
  readonly lastEpoch: number;
}

/**
 * Opens the files as a start does, writes to them, and verifies the whole database. Files that were never
 * initialised are initialised first, as an operator would do again.
 */
export async function checkFiles(config: ControllerConfig, told: readonly Told[]): Promise<Found> {
  const opened: Opened = [];
  try {
    if (!told.some(({ kind }) => kind === 'initialised')) await initController(config, systemClock);
    const storage = await openStorage(platformOf(config), openServedDatabase, opened);
    const size = storage.journal.head().size;
    const waiting = new ToldFile(config.data_dir, createLogger({ level: 'silent' })).left.lines;
    const lastEpoch = storage.view.epochs().at(-1)?.epochId ?? 0;
    const faults = [...untrueOf(storage, told, waiting), ...folderFaults(config, storage)];
    await storage.journal.run(tokenOf('after the crash'));
    opened.push(() => storage.journal.close());
    await closeAll(opened);
    return { faults: [...faults, ...verifyDatabaseOf(config, []).faults], size, lastEpoch };
  } catch (error) {
    await closeAll(opened).catch(() => undefined);
    return { faults: [`it does not open: ${String(error)}`], size: 0, lastEpoch: 0 };
  }
}

function platformOf(config: ControllerConfig): Parameters<typeof openStorage>[0] {
  const onFatal = (error: Error) => {
    throw error;
  };
  const configured = configuredPolicyOf(config);
  return { config, configured, clock: systemClock, randomBytes, onFatal };
}

/** The folder of the published log is whole at its checkpoint, and the log contains what it has shown. */
function folderFaults(config: ControllerConfig, { logKeys, logStore }: Storage): string[] {
  const { folder } = config.log;
  if (folder === undefined || !existsSync(folder)) return [];
  const checkpoint = readFolderCheckpoint(folder, logKeys);
  if (checkpoint === undefined) return [];
  try {
    logStore.check(checkpoint, 'the checkpoint in the folder');
    const read = (tile: Tile) => new Uint8Array(readFileSync(join(folder, renderTilePath(tile))));
    if (!equalBytes(rootFromTiles(checkpoint.size, read), checkpoint.root))
      return ['the folder has other tiles than its checkpoint'];
    for (let index = 0; index * TILE_WIDTH < checkpoint.size; index++) {
      const width = Math.min(TILE_WIDTH, checkpoint.size - index * TILE_WIDTH);
      const entries = parseEntryBundle(read({ level: 'entries', index, width }), width);
      const leaves = Buffer.concat(entries.map((entry) => leafHash(entry)));
      if (!leaves.equals(read({ level: 0, index, width })))
        return [`the folder has other entries than tile ${index}`];
    }
    return [];
  } catch (error) {
    return [`the folder is not whole at its checkpoint: ${String(error)}`];
  }
}
