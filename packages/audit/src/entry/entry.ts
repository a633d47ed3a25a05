// A log entry and its canonical bytes. The log's tree is built over these bytes, permanently: this layout
// changes only together with `v`, and old entries keep theirs. An entry is the UTF-8 of the RFC 8785 text of
//
//   { "v": 1, "mesh_id": …, "index": …, "at": …, "type": …, "node_id"?: …, "epoch_id"?: …, "data": {…}, "details"?: … }
//
// with exactly these keys (RFC 8785 sorts them); optional keys are left out when absent, never null.

import {
  canonicalJson,
  defined,
  type EpochId,
  equalBytes,
  formatRfc3339,
  type JsonValue,
  type MeshId,
  type NodeId,
  PrimitivesError,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  parseRfc3339,
  parseStrictJson,
  utf8,
} from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { type DetailsCommitment, isDetailsCommitment } from './salted-commitment.ts';

export type JsonObject = { readonly [key: string]: JsonValue };

export interface AuditEntry {
  /** Position in the log, from 0. */
  readonly index: number;
  /** When it was decided, in whole milliseconds since 1970; `at` in the bytes, as RFC 3339 in UTC. */
  readonly atMs: number;
  readonly meshId: MeshId;
  /**
   * What happened: lower-case words joined by `.`, `_` or `-`, at most 64 characters, like `node.enrolled`.
   */
  readonly type: string;
  readonly nodeId?: NodeId | undefined;
  readonly epochId?: EpochId | undefined;
  /** What everyone may read, permanently. Must hold nothing that may have to be erased. */
  readonly data: JsonObject;
  /** Commitment to details outside the log (`commitDetails`); `details` in the bytes. */
  readonly detailsCommitment?: DetailsCommitment | undefined;
}

/** C2SP tlog-tiles puts a 16-bit length before every entry of a bundle. */
export const MAX_ENTRY_LENGTH_BYTES = 65_535;

const VERSION = 1;
/** The deepest nesting of canonicalJson, so that everything rendered can be parsed. */
const MAX_DEPTH = 128;
const TYPE = /^(?=.{1,64}$)[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const KEYS = new Set(['v', 'mesh_id', 'index', 'at', 'type', 'node_id', 'epoch_id', 'data', 'details']);

/**
 * The canonical bytes of an entry (layout at the head of this file), owned by the caller.
 * @throws AuditError `invalid_entry` for a field that does not fit, `entry_too_large` above 65535 bytes
 */
export function renderEntry(entry: AuditEntry): Uint8Array {
  const bytes = explained(() => utf8(canonicalJson(toJson(entry))));
  refuseUnsafeIntegers(entry.data);
  if (bytes.length > MAX_ENTRY_LENGTH_BYTES) {
    throw new AuditError(
      'entry_too_large',
      `an entry has at most ${MAX_ENTRY_LENGTH_BYTES} bytes; move what is long to the details`,
    );
  }
  return bytes;
}

/**
 * Reads an entry and accepts only its canonical bytes: rendering the result gives the input again, byte for
 * byte.
 * @throws AuditError `invalid_entry`, `entry_too_large`, or `not_canonical` if these are not the entry's
 *   canonical bytes
 */
export function parseEntry(bytes: Uint8Array): AuditEntry {
  if (bytes.length > MAX_ENTRY_LENGTH_BYTES) {
    throw new AuditError('entry_too_large', `an entry has at most ${MAX_ENTRY_LENGTH_BYTES} bytes`);
  }
  const limits = { maxBytes: MAX_ENTRY_LENGTH_BYTES, maxDepth: MAX_DEPTH };
  const value = explained(() => parseStrictJson(decodeUtf8(bytes), limits));
  const entry = explained(() => fromJson(value));
  if (!equalBytes(renderEntry(entry), bytes)) {
    throw new AuditError(
      'not_canonical',
      'the bytes are not RFC 8785 of the entry; ask the log for its own bytes',
    );
  }
  return entry;
}

function toJson(entry: AuditEntry): JsonObject {
  if (!Number.isSafeInteger(entry.index) || entry.index < 0) throw invalid('index is an integer from 0');
  if (typeof entry.type !== 'string' || !TYPE.test(entry.type)) {
    throw invalid('type is lower-case words joined by ".", "_" or "-", at most 64 characters');
  }
  if (!isJsonObject(entry.data)) throw invalid('data is an object');
  if (entry.detailsCommitment !== undefined && !isDetailsCommitment(entry.detailsCommitment)) {
    throw invalid('details is a commitment, "sha256:" and 64 hex digits; make it with commitDetails');
  }
  // In the order of the canonical text, which saves sorting them.
  return {
    at: formatRfc3339(entry.atMs),
    data: entry.data,
    ...defined({ details: entry.detailsCommitment }),
    ...(entry.epochId === undefined ? {} : { epoch_id: parseEpochId(entry.epochId) }),
    index: entry.index,
    mesh_id: parseMeshId(entry.meshId),
    ...(entry.nodeId === undefined ? {} : { node_id: parseNodeId(entry.nodeId) }),
    type: entry.type,
    v: VERSION,
  };
}

/** Checks the types of the fields; rendering the entry again checks their ranges. */
function fromJson(value: JsonValue): AuditEntry {
  if (!isJsonObject(value)) throw invalid('it is an object');
  if (value.v !== VERSION) throw invalid('v is 1; a newer version needs a newer reader');
  for (const key of Object.keys(value)) {
    if (!KEYS.has(key)) throw invalid('it has a key that version 1 does not know');
  }
  const { index, at, type, data, details } = value;
  if (typeof index !== 'number') throw invalid('index is an integer from 0');
  if (typeof at !== 'string') throw invalid('at is an RFC 3339 text');
  if (typeof type !== 'string') throw invalid('type is a text');
  if (!isJsonObject(data)) throw invalid('data is an object');
  if (details !== undefined && !isDetailsCommitment(details)) throw invalid('details is a commitment');
  return {
    index,
    atMs: parseRfc3339(at),
    meshId: parseMeshId(value.mesh_id),
    type,
    ...(value.node_id === undefined ? {} : { nodeId: parseNodeId(value.node_id) }),
    ...(value.epoch_id === undefined ? {} : { epochId: parseEpochId(value.epoch_id) }),
    data,
    ...defined({ detailsCommitment: details }),
  };
}

/**
 * parseStrictJson refuses them, and everything in a log must be readable. The nesting is bounded by the
 * rendering.
 */
function refuseUnsafeIntegers(value: JsonValue): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw invalid('data has a whole number beyond 2^53 - 1; write it as a string');
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(refuseUnsafeIntegers);
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    // ignoreBOM keeps a byte order mark in the text, where the JSON parser refuses it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AuditError('invalid_entry', 'log entry refused: it is not UTF-8', { cause });
  }
}

/** Turns refusals of @mesh/primitives into this package's error. */
function explained<T>(step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof PrimitivesError)) throw cause;
    const code = cause.code === 'json_too_large' ? 'entry_too_large' : 'invalid_entry';
    throw new AuditError(code, `log entry refused: ${cause.message}`, { cause });
  }
}

function invalid(why: string): AuditError {
  return new AuditError('invalid_entry', `log entry refused: ${why}`);
}
