// One file that shows an exam: the entries of the log about it with their proofs, and what its draw depends
// on beside them.
//
//   the file's bytes are the UTF-8 of the RFC 8785 text of the object below, and a newline

import type { OpenedItem } from '@mesh/harness';
import {
  canonicalJson,
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
import { entryJson, hashes, index, type ProvenEntry, provenEntry } from '../file/proven-entry.ts';

/** In the file; another form gets another name. */
export const EXAM_FILE_FORMAT = 'mesh/v1/exam-proof';

/** 200 opened items of 9 examiners at most, and the ids of a large mesh. */
const MAX_FILE_BYTES = 16_777_216;
const MAX_DEPTH = 128;
/** Of each item's retirement there may be an entry of its own. */
const MAX_ENTRIES = 2_048;
const MAX_NODES = 100_000;
const MAX_ITEMS = 1_800;
/** Of an examiner's result, and how many there are. */
const MAX_MESSAGE_CHARS = 1_048_576;
const MAX_MESSAGES = 9;

const nodeId = z.string().transform((text) => parseNodeId(text));

const examFile = z.strictObject({
  format: z.literal(EXAM_FILE_FORMAT),
  mesh_id: z.string().transform((text) => parseMeshId(text)),
  /** The examined node. */
  node_id: nodeId,
  exam_id: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits'),
  /** The signed note of the head that covers every entry. */
  checkpoint: z.string(),
  /** That the head continues an earlier one: the hashes of a consistency proof. */
  extends: z.strictObject({ size: index, path: hashes }).optional(),
  /** The same of the head that the exam was drawn by. */
  drawn_head: hashes,
  /** Who could have been drawn as an examiner, by id; the examined node may be among them. */
  eligible: z.array(nodeId).max(MAX_NODES),
  /** The indices of the items that were not retired, ascending. */
  live: z.array(index).max(MAX_NODES),
  /** Items of the exam that have been opened since. */
  opened: z
    .array(
      z.strictObject({
        index,
        salt: z.string(),
        item: z.json(),
        path: z.array(z.string()).max(63),
      }),
    )
    .max(MAX_ITEMS),
  /**
   * The bodies of the examiners' results, as they were received, each with the index of its entry. Absent:
   * none is kept, or the file is of an earlier version.
   */
  messages: z
    .array(z.strictObject({ index, message: z.string().max(MAX_MESSAGE_CHARS) }))
    .min(1)
    .max(MAX_MESSAGES)
    .optional(),
  /** By index; the last says that the exam was closed, or what cancelled it. */
  entries: z.array(provenEntry).min(1).max(MAX_ENTRIES),
});

export interface ExamFile {
  readonly meshId: MeshId;
  readonly nodeId: NodeId;
  readonly examId: string;
  readonly checkpoint: string;
  readonly extends?: { readonly size: number; readonly path: readonly Uint8Array[] } | undefined;
  /** From the head that the exam was drawn by to that of the file; empty if they are of one size. */
  readonly drawnHead: readonly Uint8Array[];
  readonly eligible: readonly NodeId[];
  readonly live: readonly number[];
  readonly opened: readonly OpenedItem[];
  /** What the examiners have signed, by the indices of their entries. */
  readonly messages?: readonly { readonly index: number; readonly message: string }[] | undefined;
  readonly entries: readonly ProvenEntry[];
}

/**
 * The text of a file, with its newline.
 * @throws PrimitivesError if something has no canonical JSON
 */
export function renderExamFile(file: ExamFile): string {
  const { extends: seen, messages } = file;
  return `${canonicalJson({
    format: EXAM_FILE_FORMAT,
    mesh_id: file.meshId,
    node_id: file.nodeId,
    exam_id: file.examId,
    checkpoint: file.checkpoint,
    ...(seen === undefined ? {} : { extends: { size: seen.size, path: seen.path.map(encodeBase64) } }),
    drawn_head: file.drawnHead.map(encodeBase64),
    eligible: file.eligible,
    live: file.live,
    opened: file.opened.map(({ index: at, salt, item, path }) => ({ index: at, salt, item, path })),
    ...(messages === undefined
      ? {}
      : { messages: messages.map(({ index: at, message }) => ({ index: at, message })) }),
    entries: file.entries.map(entryJson),
  })}\n`;
}

/**
 * Reads a file without verifying it, and accepts only the text that `renderExamFile` gives.
 * @throws EvidenceError `invalid_file`
 */
export function parseExamFile(text: string): ExamFile {
  const file = fileOf(text);
  if (renderExamFile(file) !== text) throw invalid('it is not in its canonical form');
  return file;
}

function fileOf(text: string): ExamFile {
  try {
    const value = parseStrictJson(text, { maxBytes: MAX_FILE_BYTES, maxDepth: MAX_DEPTH });
    const parsed = examFile.safeParse(value);
    if (!parsed.success) throw invalid(describe(parsed.error.issues[0]));
    const {
      mesh_id: meshId,
      node_id: examined,
      exam_id: examId,
      drawn_head: drawnHead,
      ...rest
    } = parsed.data;
    const { format: _, ...others } = rest;
    return { meshId, nodeId: examined, examId, drawnHead, ...others };
  } catch (cause) {
    if (cause instanceof PrimitivesError) throw invalid(cause.message, { cause });
    throw cause;
  }
}

const describe = (issue: z.core.$ZodIssue | undefined): string =>
  `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'has another form'}`;

function invalid(why: string, options?: ErrorOptions): EvidenceError {
  return new EvidenceError('invalid_file', `this is no proof of an exam: ${why}`, options);
}
