// Reads values from the command line strictly. Bad values are refused before the controller gets any request.

import { PrimitivesError, parseNodeId } from '@mesh/primitives';
import { ExamIdError, parseAdminKeyId, parseExamId, parsePoolName, reasonRequest } from '@mesh/protocol';
import { InvalidArgumentError } from 'commander';
import { parseDurationSeconds } from './duration.ts';

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

export function duration(text: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined) throw new InvalidArgumentError('Write it like 90s, 30m, 1h or 7d.');
  return seconds;
}

export function nodeId(text: string): string {
  try {
    return parseNodeId(text);
  } catch (error) {
    throw new InvalidArgumentError(
      error instanceof PrimitivesError ? `${error.message}.` : 'Give a node id.',
    );
  }
}

export function adminKeyId(text: string): string {
  try {
    return parseAdminKeyId(text);
  } catch {
    throw new InvalidArgumentError('Give the 16 hex digits that meshctl keys list shows.');
  }
}

export function examId(text: string): string {
  return named(parseExamId, text);
}

export function poolName(text: string): string {
  return named(parsePoolName, text);
}

function named(parse: (text: string) => string, text: string): string {
  try {
    return parse(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof ExamIdError ? `${error.message}.` : 'Give a name.');
  }
}

/** For an option that can be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

export function reason(text: string): string {
  const parsed = reasonRequest.shape.reason.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('Give one line of text, at most 512 characters.');
  return text;
}

/** The option `--reason` of every command whose reason goes to the log. */
export const REASON_OPTION = ['--reason <text>', 'why, for the append-only log', reason] as const;
