// What a start would find if the process, or the power, had died at a moment of something that was just done:
// the files with the write-ahead log cut off there. Nothing may be checkpointed meanwhile.

import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestController } from '../index.ts';

/** https://sqlite.org/fileformat2.html#the_write_ahead_log */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

export interface WalImages {
  /** How many moments there are; the last one is the end. */
  readonly count: number;
  /** @param look gets a folder with the files of a moment, which is gone when this resolves */
  at<T>(moment: number, look: (folder: string) => T | Promise<T>): Promise<T>;
  [Symbol.dispose](): void;
}

const walOf = ({ db }: TestController): string => `${db.name}-wal`;
const lengthOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/**
 * @param most how many moments to look at, spread evenly; each is the middle or the end of a page's write
 * @throws Error if there was a checkpoint meanwhile, or nothing was written
 */
export async function imagesOf(
  controller: TestController,
  act: () => Promise<unknown>,
  most: number,
): Promise<WalImages> {
  controller.db.pragma('wal_checkpoint(TRUNCATE)');
  const folder = mkdtempSync(join(tmpdir(), 'mesh-moments-'));
  const before = join(folder, 'before.db');
  copyFileSync(controller.db.name, before);
  const { mtimeMs } = statSync(controller.db.name);
  await act();
  const wal = join(folder, 'whole-wal');
  copyFileSync(walOf(controller), wal);
  if (statSync(controller.db.name).mtimeMs !== mtimeMs) throw new Error('there was a checkpoint meanwhile');
  const frame = FRAME_HEADER_BYTES + Number(controller.db.pragma('page_size', { simple: true }));
  const frames = (lengthOf(wal) - HEADER_BYTES) / frame;
  if (!Number.isInteger(frames) || frames < 1) throw new Error('no pages were written');
  const halves = 2 * frames;
  const count = Math.min(most, halves);
  return {
    count,
    at: async (moment, look) => {
      const image = mkdtempSync(join(tmpdir(), 'mesh-moment-'));
      try {
        copyFileSync(before, join(image, 'controller.db'));
        const copy = join(image, 'controller.db-wal');
        copyFileSync(wal, copy);
        const half = Math.round(((moment + 1) * halves) / count);
        truncateSync(copy, HEADER_BYTES + Math.floor((half * frame) / 2));
        return await look(image);
      } finally {
        rmSync(image, { recursive: true, force: true });
      }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
