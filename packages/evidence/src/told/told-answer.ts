// The answer to a node that asks what it was told: entries of the log with the part of the node in them, and
// the signed head that covers them.

import { PrimitivesError, parseStrictJson } from '@mesh/primitives';
import * as z from 'zod';
import { EvidenceError } from '../evidence-error.ts';
import { index } from '../file/proven-entry.ts';
import { MAX_TOLD, provenTold, toldJson } from '../file/proven-told.ts';

/** Eight entries, each with all answers of half an epoch. */
const MAX_ANSWER_BYTES = 4_194_304;

const toldAnswer = z.strictObject({
  /** The signed note of a head that covers every entry. */
  checkpoint: z.string(),
  /** By index. */
  told: z.array(provenTold).max(MAX_TOLD),
  /** From which entry to ask on; null at the end. */
  next: index.nullable(),
});
export type ToldAnswer = z.output<typeof toldAnswer>;

export const renderToldAnswer = ({ checkpoint, told, next }: ToldAnswer): string =>
  JSON.stringify({ checkpoint, told: told.map(toldJson), next });

/** Reads an answer without verifying it; see `verifyTold`. @throws EvidenceError `invalid_file` */
export function parseToldAnswer(text: string): ToldAnswer {
  try {
    return toldAnswer.parse(parseStrictJson(text, { maxBytes: MAX_ANSWER_BYTES }));
  } catch (cause) {
    if (!(cause instanceof PrimitivesError || cause instanceof z.ZodError)) throw cause;
    const why = cause instanceof PrimitivesError ? cause.message : 'it has another form';
    throw new EvidenceError('invalid_file', `this does not say what a node was told: ${why}`, { cause });
  }
}
