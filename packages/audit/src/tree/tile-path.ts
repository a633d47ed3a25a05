// Where tiles are (C2SP tlog-tiles):
//
//   tile/<L>/<N>[.p/<W>]         hashes
//   tile/entries/<N>[.p/<W>]     entries
//
// N is in groups of three digits; all but the last begin with `x`: 1234067 is x001/x234/067.

import { AuditError } from '../audit-error.ts';

/** How many hashes, or entries, a full tile has. */
export const TILE_WIDTH = 256;
export const MAX_TILE_LEVEL = 63;

export interface Tile {
  /**
   * 0 to 63, or where the entries are. A hash at level L is the root of `256^L` leaves.
   */
  readonly level: number | 'entries';
  /** From 0, within its level. */
  readonly index: number;
  /** 1 to 256. Below 256 it is a partial tile. */
  readonly width: number;
}

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** @throws AuditError `out_of_range` */
export function renderTilePath({ level, index, width }: Tile): string {
  const isLevel = level === 'entries' || (Number.isInteger(level) && level >= 0 && level <= MAX_TILE_LEVEL);
  const isWidth = Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH;
  if (!isLevel || !isWidth || !Number.isSafeInteger(index) || index < 0)
    throw new AuditError(
      'out_of_range',
      'a tile has a level up to 63, an index from 0 and a width up to 256',
    );
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) as string[];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/**
 * Reads a path, and accepts the one form of each tile: `renderTilePath` of the result gives it again.
 *
 * @returns undefined if it is no path of a tile
 */
export function parseTilePath(path: string): Tile | undefined {
  const [, level, groups, width] = PATH.exec(path) ?? [];
  if (level === undefined || groups === undefined) return undefined;
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  try {
    return renderTilePath(tile) === path ? tile : undefined;
  } catch {
    return undefined;
  }
}
