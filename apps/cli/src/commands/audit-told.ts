// meshctl audit verify --told: what a node has kept of what it was told, beside what the log says.

import { type ComparedAnswer, compareTold, type ProofFile, type ProofReport } from '@mesh/evidence';
import { parseStrictJson } from '@mesh/primitives';
import { type KeptAnswer, keptAnswer } from '@mesh/protocol';
import { CliError } from '../errors/cli-error.ts';

/** @param text of the file that an agent keeps, `told.jsonl` @throws CliError `usage` */
export function keptIn(text: string, path: string): KeptAnswer[] {
  const kept = text.split('\n').flatMap(lineIn);
  if (kept.length === 0)
    throw new CliError(
      'usage',
      `--told: ${path} has no answer; it is told.jsonl in the agent's state directory`,
    );
  return kept;
}

/** A line that a crash has cut off is left out, as the agent does. */
function lineIn(line: string): KeptAnswer[] {
  try {
    return [keptAnswer.parse(parseStrictJson(line))];
  } catch {
    return [];
  }
}

export function compareWith(
  kept: readonly KeptAnswer[] | undefined,
  file: ProofFile,
  { verdict, told = [] }: ProofReport,
): readonly ComparedAnswer[] {
  return kept === undefined || verdict === 'refuted' ? [] : compareTold(told, kept, file);
}

export function comparedWire({ outcome, shows, kept }: ComparedAnswer): object {
  const { kind, sha256, epoch_id, server_time_ms, signed_by } = kept;
  return { outcome, shows, kind, epoch_id, server_time_ms, sha256, signed_by };
}

const SHOWS: Readonly<Record<ComparedAnswer['shows'], string>> = {
  answer: 'this key has signed it for the node',
  digest: 'this key has signed a config with this digest',
  nothing: 'what was kept does not show who signed it',
};

/** One line for each answer that the log lacks, and one for all others. */
export function describeCompared(compared: readonly ComparedAnswer[]): string[] {
  if (compared.length === 0) return [];
  const count = (outcome: ComparedAnswer['outcome']) =>
    compared.filter((one) => one.outcome === outcome).length;
  const lacking = compared
    .filter(({ outcome }) => outcome === 'not_in_log')
    .map(
      ({ kept, shows }) =>
        `NOT IN THE LOG: ${kept.kind} of epoch ${kept.epoch_id}, SHA-256 ${kept.sha256}, key ${kept.signed_by}: ${SHOWS[shows]}`,
    );
  return [
    ...lacking,
    `the node has kept ${compared.length} answers of these epochs: ${count('in_log')} in the log, ${count('not_in_log')} not in the log, ${count('later')} later than the file`,
  ];
}
