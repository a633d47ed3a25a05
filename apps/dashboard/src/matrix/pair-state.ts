// What a cell of the matrix shows: how the node of the row reports its tunnel to the node of the column.

import type { MeshModel } from '../live/mesh-model.ts';
import { tunnelIn } from '../live/mesh-model.ts';

/** WireGuard rejects a session's keys this long after its handshake (whitepaper section 6.1). */
const SESSION_LIFETIME_MS = 180_000;
/** A first handshake that has not come by then is not merely slow. */
const FIRST_HANDSHAKE_WITHIN_MS = 30_000;

export const PAIR_STATES = [
  'none',
  'up',
  'waiting',
  'overdue',
  'epochs',
  'one_end',
  'leaving',
  'old',
] as const;
export type PairState = (typeof PAIR_STATES)[number];

/** For people, without a full stop. */
export const PAIR_WORDS: Readonly<Record<PairState, string>> = {
  none: 'no tunnel',
  up: 'up',
  waiting: 'waits for its first handshake',
  overdue: 'a handshake is overdue',
  epochs: 'the ends have keys of different epochs',
  one_end: 'only this end has the tunnel',
  leaving: 'an end is out, and the last report still has the tunnel',
  old: 'the last report is too old',
};

/** @param row the number of the node that reports @param column that of the other end */
export function pairState(model: MeshModel, row: number, column: number, controllerNowMs: number): PairState {
  const last = model.reports.get(row);
  if (last === undefined || row === column) return 'none';
  const here = tunnelIn(last, column, controllerNowMs);
  if (here === undefined) return 'none';
  if (controllerNowMs - last.atMs > model.freshMs) return 'old';
  if (!isIn(model, row) || !isIn(model, column)) return 'leaving';
  const other = model.freshReport(column, controllerNowMs);
  if (other !== undefined) {
    const there = tunnelIn(other, row, controllerNowMs);
    if (there === undefined) return 'one_end';
    if (there.epoch !== here.epoch) return 'epochs';
  }
  if (here.handshakeAgeMs !== undefined && here.handshakeAgeMs <= SESSION_LIFETIME_MS) return 'up';
  return here.forMs !== undefined && here.forMs <= FIRST_HANDSHAKE_WITHIN_MS ? 'waiting' : 'overdue';
}

const isIn = (model: MeshModel, n: number): boolean => model.nodes.get(n)?.membership === 'ALLOWED';
