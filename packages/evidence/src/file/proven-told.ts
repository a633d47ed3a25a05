// What a node was told, in a file or an answer: an entry of the log with its proof, and the part of the node
// in what the entry commits to.

import { defined, encodeBase64, type JsonValue } from '@mesh/primitives';
import * as z from 'zod';
import { bytes32, hashes, index, provenEntry } from './proven-entry.ts';

/** How many entries a file or an answer has of it, and how many answers of the controller each has. */
export const MAX_TOLD = 8;
const MAX_TELLINGS = 2_048;

const telling = z.strictObject({
  kind: z.enum(['config', 'removal_notice']),
  /** `answerDigest` of what was signed, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  version: z.string(),
  sent_at: z.string(),
  allowed: z.boolean().optional(),
  reason_code: z.string().optional(),
});

export const provenTold = z.strictObject({
  ...provenEntry.omit({ opened: true }).shape,
  /** Of the node's leaf in the tree that the entry commits to. */
  salt: bytes32,
  place: index,
  leaf_path: hashes,
  /** The oldest first. */
  tellings: z.array(telling).min(1).max(MAX_TELLINGS),
});
/** What the node was told, by an entry that commits to it. */
export type ProvenTold = z.output<typeof provenTold>;

/** As it stands in a file. */
export const toldJson = ({
  index: at,
  entry,
  path,
  salt,
  place,
  leaf_path,
  tellings,
}: ProvenTold): JsonValue => ({
  ...{ index: at, entry, place },
  path: path.map(encodeBase64),
  salt: encodeBase64(salt),
  leaf_path: leaf_path.map(encodeBase64),
  tellings: tellings.map((one) => defined({ ...one })) as unknown as JsonValue,
});
