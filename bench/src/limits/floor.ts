// The distance of a measured cost to its floor: the sum of the parts that cannot be avoided, as each of them
// costs alone in the same rounds.

import { figure, type Measurement, type Table } from '../report.ts';
import { pairedRatio, type Summary, summarise } from '../statistics.ts';
import type { PartFigures, PartRounds } from './part.ts';

export interface FloorTerm {
  /** How many of them are needed. */
  readonly count: number;
  /** One of them: `verification`. */
  readonly what: string;
  /** The name of the part. */
  readonly part: string;
  /** A part that is contained in `part` and that another term counts. Its cost is taken off. */
  readonly without?: string;
}

export interface FloorQuestion {
  /** What goes before the title: `64 kept-alive connections`. */
  readonly title: string;
  /** What the cost is for: `an answer`. */
  readonly of: string;
  readonly unit: string;
  readonly costOf: (figures: PartFigures) => number;
  readonly terms: readonly FloorTerm[];
  readonly parts: PartRounds;
  /** The measured cost, round by round. */
  readonly measured: readonly number[];
}

export interface Distance {
  readonly table: Table;
  /** The sum in words, with the ratio of the measured cost to it. */
  readonly line: string;
}

export const FLOOR = 'floor: the sum of these';

export const cpuMicrosOf = ({ cpuMicros }: PartFigures): number => cpuMicros;
/** The time of one operation where one follows the other. */
export const wallMicrosOf = ({ perSecond }: PartFigures): number => 1e6 / perSecond;

/** @throws RangeError if a part of a term was not measured in every round */
export function distanceToFloor(question: FloorQuestion): Distance {
  const { title, of, unit, terms, measured } = question;
  const costs = terms.map((term) => ({
    name: `${amount(term.count)} × ${term.what}`,
    rounds: costOfTerm(term, question),
  }));
  const floor = measured.map((_, round) =>
    costs.reduce((sum, { rounds }) => sum + (rounds[round] as number), 0),
  );
  const ratio = pairedRatio(measured, floor);
  const rows: Measurement[] = [
    ...costs.map(
      ({ name, rounds }): Measurement => ({ name, unit, better: 'neither', ...summarise(rounds) }),
    ),
    { name: FLOOR, unit, better: 'neither', ...summarise(floor) },
    { name: 'measured', unit, better: 'less', ...summarise(measured), ratio },
  ];
  const sum = costs.map(({ name, rounds }) => `${name} (${figure(summarise(rounds).median)})`).join(' + ');
  return {
    table: { title: `${title}: ${unit} for ${of}, against its floor`, baseline: FLOOR, rows },
    line:
      `${title}: floor: ${figure(summarise(floor).median)} ${unit} for ${of} = ${sum}; ` +
      `measured ${figure(summarise(measured).median)}: × ${spread(ratio)}.`,
  };
}

function costOfTerm(
  { count, part, without }: FloorTerm,
  { costOf, parts, measured }: FloorQuestion,
): number[] {
  const whole = roundsOf(part, parts, measured.length).map(costOf);
  const contained = without === undefined ? undefined : roundsOf(without, parts, measured.length).map(costOf);
  // The whole costs no less than what it contains, but a noisy round can show it so.
  return whole.map((cost, round) => count * Math.max(0, cost - (contained?.[round] ?? 0)));
}

function roundsOf(name: string, parts: PartRounds, rounds: number): readonly PartFigures[] {
  const figures = parts.get(name);
  if (figures?.length !== rounds)
    throw new RangeError(`${name} was not measured in each of ${rounds} rounds`);
  return figures;
}

const amount = (count: number): string => count.toLocaleString('en-US');
const spread = ({ median, min, max }: Summary): string =>
  `${figure(median)} (${figure(min)} – ${figure(max)})`;
