// A folder with the published log, for a web server to serve: the tiles, and the checkpoint last. So whatever
// interrupts the writing, the tiles that the folder's checkpoint needs are there. A file is written once.

import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderTilePath, TILE_WIDTH, type Tile, tilesAfterGrowth } from '@mesh/audit';
import { errorCodeOf, HostError, LogField, type Logger, syncNameOf, writeFileAtomic } from '@mesh/host';
import { equalBytes } from '@mesh/primitives';
import type { PublishedLog } from './published-log.ts';

/** Anybody may read what is there. */
const FILE = { mode: 0o644 };
const FOLDER = { mode: 0o755 };

export const checkpointFileOf = (folder: string): string => join(folder, 'checkpoint');

export interface LogFolderOptions {
  readonly path: string;
  readonly published: PublishedLog;
  /** How many entries the checkpoint covers that stands there; 0 without one. */
  readonly size: number;
  readonly logger: Logger;
  /** How a file is replaced, whole or not at all. */
  readonly write?: typeof writeFileAtomic;
}

export class LogFolder {
  readonly #options: LogFolderOptions;
  readonly #write: typeof writeFileAtomic;
  #size: number;
  /** The checkpoint that this process has written there. */
  #checkpoint: string | undefined;
  #writing: Promise<void> | undefined;
  /** Those below the path, and itself, whose names are on disk. */
  readonly #folders = new Set<string>();

  constructor(options: LogFolderOptions) {
    this.#options = options;
    this.#write = options.write ?? writeFileAtomic;
    this.#size = options.size;
  }

  /** How many entries the checkpoint covers that stands there. */
  get size(): number {
    return this.#size;
  }

  /**
   * Call it after each head, and when more have cosigned it. The files follow in the background; what comes
   * meanwhile is taken together.
   */
  touch(): void {
    this.#writing ??= this.#catchUp().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when the newest head is in the folder, or could not be written. */
  async close(): Promise<void> {
    await this.#writing;
    this.touch();
    await this.#writing;
  }

  async #catchUp(): Promise<void> {
    const { path, published, logger } = this.#options;
    try {
      for (;;) {
        const checkpoint = published.checkpoint();
        const { size } = published.head();
        if (checkpoint === undefined || checkpoint === this.#checkpoint || size < this.#size) return;
        const tiles = tilesAfterGrowth(this.#size, size).flatMap((tile): Tile[] =>
          tile.level === 0 ? [tile, { ...tile, level: 'entries' }] : [tile],
        );
        for (const tile of tiles) await this.#writeTile(tile);
        await this.#write(checkpointFileOf(path), checkpoint, FILE);
        this.#size = size;
        this.#checkpoint = checkpoint;
        for (const tile of tiles) await this.#removePartial(tile);
      }
    } catch (error) {
      logger.error(
        { [LogField.error]: error },
        'log.folder could not be brought up to date; the next head tries again',
      );
    }
  }

  async #writeTile(tile: Tile): Promise<void> {
    const bytes = this.#options.published.tile(tile);
    if (bytes === undefined)
      throw new Error(`a tile of a published head is missing: ${renderTilePath(tile)}`);
    const file = join(this.#options.path, renderTilePath(tile));
    await this.#makeFolder(dirname(file));
    try {
      await this.#write(file, bytes, { ...FILE, overwrite: false });
    } catch (error) {
      if (!(error instanceof HostError && error.code === 'file_exists')) throw error;
      // From a time before the last interruption.
      if (!equalBytes(await readFile(file), bytes))
        throw new Error(
          `${file} is not a tile of this log: move it away, or set log.folder to an empty folder`,
          {
            cause: error,
          },
        );
    }
  }

  /** Once the full tile is there, nobody needs those with fewer hashes. */
  async #removePartial(tile: Tile): Promise<void> {
    if (tile.width < TILE_WIDTH) return;
    const folder = join(this.#options.path, `${renderTilePath(tile)}.p`);
    this.#folders.delete(folder);
    await rm(folder, { recursive: true, force: true });
  }

  /** The checkpoint comes last, so the names of all folders above a tile have to be on disk before. */
  async #makeFolder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    if (path !== this.#options.path) await this.#makeFolder(dirname(path));
    await makeFolder(path);
    // Also of one that was there: the process that made it may have been interrupted.
    await syncNameOf(path);
    this.#folders.add(path);
  }
}

/**
 * Syncs the names of the folders above it that it makes, not its own. Node's recursive mkdir never returns on
 * a file system that refuses folders.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, FOLDER);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await syncNameOf(dirname(path));
    await mkdir(path, FOLDER);
  }
}
