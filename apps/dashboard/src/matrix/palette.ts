// Colours of pairs and standings, told apart by people who see no red or no green too (Okabe and Ito, 2008).
// They are the same in light and dark; only the ground differs.

import type { Standing } from '../live/counts.ts';
import type { PairState } from './pair-state.ts';

type Rgb = readonly [red: number, green: number, blue: number];

export const PAIR_COLOURS: Readonly<Record<Exclude<PairState, 'none'>, Rgb>> = {
  up: [0, 114, 178],
  waiting: [86, 180, 233],
  overdue: [213, 94, 0],
  epochs: [204, 121, 167],
  one_end: [240, 228, 66],
  leaving: [230, 159, 0],
  old: [136, 136, 136],
};

export const STANDING_COLOURS: Readonly<Record<Standing, Rgb>> = {
  in: [0, 158, 115],
  probation: [86, 180, 233],
  declining: [230, 159, 0],
  cut: [213, 94, 0],
  unreachable: [204, 121, 167],
  pending: [136, 136, 136],
};

export interface Ground {
  /** Where no tunnel is. */
  readonly empty: Rgb;
  readonly line: string;
  /** Between cells. */
  readonly gap: string;
}

export const GROUNDS: Readonly<Record<'light' | 'dark', Ground>> = {
  light: { empty: [238, 240, 243], line: '#111', gap: '#fff' },
  dark: { empty: [32, 36, 42], line: '#fff', gap: '#14171b' },
};
