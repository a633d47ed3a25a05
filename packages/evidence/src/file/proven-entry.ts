// An entry of the log in a file, with its proof and what it commits to.

import { decodeBase64, encodeBase64, type JsonValue } from '@mesh/primitives';
import * as z from 'zod';

const HASH_LENGTH_BYTES = 32;
/** No tree below 2^63 leaves has a longer path. */
const MAX_HASHES = 63;

export const bytes32 = z.string().transform((text, context) => {
  try {
    return decodeBase64(text, { lengthBytes: HASH_LENGTH_BYTES });
  } catch {
    context.addIssue({ code: 'custom', message: 'must be base64 of 32 bytes' });
    return z.NEVER;
  }
});
export const index = z.number().int().min(0);
export const hashes = z.array(bytes32).max(MAX_HASHES);

export const provenEntry = z.strictObject({
  index,
  /** The entry's canonical text. */
  entry: z.string(),
  /** Of the inclusion proof, the leaf's sibling first. */
  path: hashes,
  /** What the entry commits to; absent if it commits to nothing, or if that was erased. */
  opened: z.strictObject({ salt: bytes32, details: z.record(z.string(), z.json()) }).optional(),
});
export type ProvenEntry = z.output<typeof provenEntry>;

/** As it stands in a file. */
export function entryJson({ index: at, entry, path, opened }: ProvenEntry): JsonValue {
  return {
    index: at,
    entry,
    path: path.map(encodeBase64),
    ...(opened === undefined ? {} : { opened: { salt: encodeBase64(opened.salt), details: opened.details } }),
  };
}
