// The exit codes of meshctl, for scripts: one for each kind of answer to "what should I do now?".

import { exitCodesHelp } from '@mesh/host';

export const exitCodes = {
  ok: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  cuts: 4,
  incomplete: 5,
  refuted: 6,
  attention: 7,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const MEANINGS: Readonly<Record<Exclude<keyof typeof exitCodes, 'ok'>, string>> = {
  refused:
    'the controller refused: what it says is on standard error; or reach: the one node does not reach the other',
  usage: 'wrong usage, a file that cannot be written, or a question that was not answered',
  unreachable:
    'the controller cannot be reached, or did not answer as one: the request may or may not have been carried out',
  cuts: 'policy check or backtest: the policy is valid, and would cut nodes, or would have',
  incomplete: 'audit: nothing contradicts the decision, and a part of it cannot be shown any more',
  refuted: 'audit: the file is not what the log holds, or the decision does not follow from it',
  attention:
    'health --check: the controller answers, and something needs attention; alerts test: not delivered',
};

export const EXIT_CODES_HELP = exitCodesHelp(exitCodes, MEANINGS);

/** Code and meaning, for the manual. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.ok, 'done'],
  ...Object.entries(MEANINGS).map(
    ([name, meaning]) => [exitCodes[name as keyof typeof MEANINGS], meaning] as const,
  ),
];
