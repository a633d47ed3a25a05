// The lines that an examiner writes about one exam. Pure.

import { decodeBase64, encodeBase64, parseStrictJson } from '@mesh/primitives';
import * as z from 'zod';
import { MAX_ANSWER_BYTES } from '../measure/child/service-job.ts';
import type { ItemAnswer } from './assigned-exam.ts';

export interface ExamNotes {
  /** Of the transcript; undefined before anything is written. */
  readonly salt: Uint8Array | undefined;
  /** By the items' places in the pool. */
  readonly answers: ReadonlyMap<number, ItemAnswer>;
  /** Whether the controller has the result. */
  readonly isSent: boolean;
}

export const NO_NOTES: ExamNotes = { salt: undefined, answers: new Map(), isSent: false };

const index = z.number().int().min(0);
const line = z.union([
  z.strictObject({ salt: z.string() }),
  z.strictObject({
    answer: z.union([
      z.strictObject({ index, answer: z.string(), latencyMs: z.number().min(0) }),
      z.strictObject({ index, problem: z.string() }),
    ]),
  }),
  z.strictObject({ sent: z.literal(true) }),
]);
type Line = z.infer<typeof line>;

const SALT_LENGTH_BYTES = 32;
/** The longest answer, and the rest of its line. */
const MAX_LINE_BYTES = MAX_ANSWER_BYTES + 1_024;

/** Reads up to the first line that is not whole: what a crash has cut off never counted. */
export function readNotes(text: string): ExamNotes {
  let notes = NO_NOTES;
  for (const written of text.split('\n').slice(0, -1)) {
    const next = after(notes, written);
    if (next === undefined) break;
    notes = next;
  }
  return notes;
}

export function lineOf(content: Line): string {
  return `${JSON.stringify(content)}\n`;
}

/** The text that `readNotes` reads as these notes. */
export function textOf({ salt, answers, isSent }: ExamNotes): string {
  return [
    ...(salt === undefined ? [] : [{ salt: encodeBase64(salt) }]),
    ...[...answers.values()].map((answer) => ({ answer })),
    ...(isSent ? [{ sent: true as const }] : []),
  ]
    .map(lineOf)
    .join('');
}

/** @returns undefined for a line that does not belong there */
function after(notes: ExamNotes, written: string): ExamNotes | undefined {
  let content: Line;
  try {
    content = line.parse(parseStrictJson(written, { maxBytes: MAX_LINE_BYTES }));
    if ('salt' in content)
      return { ...notes, salt: decodeBase64(content.salt, { lengthBytes: SALT_LENGTH_BYTES }) };
  } catch {
    return undefined;
  }
  if (notes.salt === undefined) return undefined;
  if ('sent' in content) return { ...notes, isSent: true };
  return { ...notes, answers: new Map(notes.answers).set(content.answer.index, content.answer) };
}
