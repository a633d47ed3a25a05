// What an examiner was answered, as a text whose digest it commits to before it learns how answers are
// graded.
//
//   transcript = JCS({ answers: [{ index, answer | problem }], exam_id, salt })        salt in base64
//   digest     = hex(SHA-256(transcript))

import {
  canonicalJson,
  decodeBase64,
  encodeBase64,
  PrimitivesError,
  parseStrictJson,
  portableSha256,
  type Sha256Hex,
  sha256Hex,
  utf8,
} from '@mesh/primitives';
import * as z from 'zod';
import { HarnessError } from '../harness-error.ts';

const SALT_LENGTH_BYTES = 32;
/** 200 answers of 256 KiB. */
const MAX_TRANSCRIPT_BYTES = 64 * 1024 * 1024;

export type TranscriptAnswer =
  | { readonly index: number; readonly answer: string }
  /** Why there was no answer. */
  | { readonly index: number; readonly problem: string };

export interface Transcript {
  readonly examId: string;
  /** 32 random bytes, so that nobody guesses answers by the digest. */
  readonly salt: Uint8Array;
  /** In the order in which the items were drawn. */
  readonly answers: readonly TranscriptAnswer[];
}

/**
 * The text to be stored and committed to. Half of a surrogate pair, which has no UTF-8, becomes U+FFFD.
 * @throws HarnessError `invalid_transcript` for a salt of another length
 */
export function renderTranscript({ examId, salt, answers }: Transcript): string {
  if (salt.length !== SALT_LENGTH_BYTES)
    throw new HarnessError('invalid_transcript', 'the salt of a transcript has 32 bytes');
  return canonicalJson({
    exam_id: examId,
    salt: encodeBase64(salt),
    answers: answers.map((one) =>
      'answer' in one
        ? { index: one.index, answer: wellFormed(one.answer) }
        : { index: one.index, problem: wellFormed(one.problem) },
    ),
  });
}

/** Of the text as `renderTranscript` gives it. */
export function transcriptDigest(text: string): Sha256Hex {
  return sha256Hex(portableSha256(utf8(text)));
}

const form = z.strictObject({
  exam_id: z.string(),
  salt: z.string(),
  answers: z.array(
    z.union([
      z.strictObject({ index: z.number().int().min(0), answer: z.string() }),
      z.strictObject({ index: z.number().int().min(0), problem: z.string() }),
    ]),
  ),
});

/**
 * Reads a transcript, and accepts only the text that `renderTranscript` gives.
 * @throws HarnessError `invalid_transcript`
 */
export function parseTranscript(text: string): Transcript {
  try {
    const {
      exam_id: examId,
      salt,
      answers,
    } = form.parse(parseStrictJson(text, { maxBytes: MAX_TRANSCRIPT_BYTES }));
    const transcript = { examId, salt: decodeBase64(salt, { lengthBytes: SALT_LENGTH_BYTES }), answers };
    if (renderTranscript(transcript) === text) return transcript;
  } catch (error) {
    if (!(error instanceof PrimitivesError || error instanceof z.ZodError)) throw error;
  }
  throw new HarnessError('invalid_transcript', 'this is no transcript of an exam in its canonical form');
}

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\ufffd');
}
