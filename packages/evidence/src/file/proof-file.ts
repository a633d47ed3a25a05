// One file that shows a decision on a node: the entries of the log that it rests on with their proofs, what
// those only commit to, the node's signed message, and the signed head of the log.
//
//   the file's bytes are the UTF-8 of the RFC 8785 text of the object below, and a newline

import {
  canonicalJson,
  defined,
  encodeBase64,
  type MeshId,
  type NodeId,
  PrimitivesError,
  parseMeshId,
  parseNodeId,
  parseStrictJson,
} from '@mesh/primitives';
import * as z from 'zod';
import { EvidenceError } from '../evidence-error.ts';
import { entryJson, hashes, index, type ProvenEntry, provenEntry } from './proven-entry.ts';
import { MAX_TOLD, type ProvenTold, provenTold, toldJson } from './proven-told.ts';

/** In the file; another form gets another name. */
export const PROOF_FILE_FORMAT = 'mesh/v1/decision-proof';

/** Entries are below 64 KiB, and a file has a dozen of them, or two. */
export const MAX_PROOF_FILE_BYTES = 4_194_304;
const MAX_DEPTH = 128;
const MAX_ENTRIES = 24;

const proofFile = z.strictObject({
  format: z.literal(PROOF_FILE_FORMAT),
  mesh_id: z.string().transform((text) => parseMeshId(text)),
  node_id: z.string().transform((text) => parseNodeId(text)),
  /** The signed note of the head that covers every entry. */
  checkpoint: z.string(),
  /** That the head continues an earlier one: the hashes of a consistency proof. */
  extends: z.strictObject({ size: index, path: hashes }).optional(),
  /** The index of the decision among `entries`. */
  decision: index,
  /** The body of the benchmark that the decision rests on, as it was received. */
  message: z.string().optional(),
  /** By index. */
  entries: z.array(provenEntry).min(1).max(MAX_ENTRIES),
  /** By index. Absent: nothing is kept of it, or the file is of an earlier version. */
  told: z.array(provenTold).min(1).max(MAX_TOLD).optional(),
});

export interface ProofFile {
  readonly meshId: MeshId;
  readonly nodeId: NodeId;
  readonly checkpoint: string;
  readonly extends?: { readonly size: number; readonly path: readonly Uint8Array[] } | undefined;
  readonly decision: number;
  readonly message?: string | undefined;
  readonly entries: readonly ProvenEntry[];
  readonly told?: readonly ProvenTold[] | undefined;
}

/**
 * The text of a file, with its newline.
 * @throws PrimitivesError if something has no canonical JSON
 */
export function renderProofFile(file: ProofFile): string {
  const { extends: seen, message, told } = file;
  return `${canonicalJson({
    format: PROOF_FILE_FORMAT,
    mesh_id: file.meshId,
    node_id: file.nodeId,
    checkpoint: file.checkpoint,
    ...(seen === undefined ? {} : { extends: { size: seen.size, path: seen.path.map(encodeBase64) } }),
    decision: file.decision,
    ...defined({ message }),
    entries: file.entries.map(entryJson),
    ...(told === undefined ? {} : { told: told.map(toldJson) }),
  })}\n`;
}

/**
 * Reads a file without verifying it, and accepts only the text that `renderProofFile` gives.
 * @throws EvidenceError `invalid_file`
 */
export function parseProofFile(text: string): ProofFile {
  const file = fileOf(text);
  if (renderProofFile(file) !== text) throw invalid('it is not in its canonical form');
  return file;
}

function fileOf(text: string): ProofFile {
  let value: unknown;
  try {
    value = parseStrictJson(text, { maxBytes: MAX_PROOF_FILE_BYTES, maxDepth: MAX_DEPTH });
    const parsed = proofFile.safeParse(value);
    if (!parsed.success) throw invalid(describe(parsed.error.issues[0]));
    const { mesh_id: meshId, node_id: nodeId, format: _, ...rest } = parsed.data;
    return { meshId, nodeId, ...rest };
  } catch (cause) {
    if (cause instanceof PrimitivesError) throw invalid(cause.message, { cause });
    throw cause;
  }
}

const describe = (issue: z.core.$ZodIssue | undefined): string =>
  `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'has another form'}`;

function invalid(why: string, options?: ErrorOptions): EvidenceError {
  return new EvidenceError('invalid_file', `this is no proof of a decision: ${why}`, options);
}
