// The entries of a proof: each is in the log at its place, and the times of all of them fit their order.

import {
  type AuditEntry,
  AuditError,
  commitDetails,
  type JsonObject,
  leafHash,
  type OpenedCheckpoint,
  parseEntry,
  verifyInclusion,
} from '@mesh/audit';
import { type MeshId, type NodeId, utf8 } from '@mesh/primitives';
import type { ProvenEntry } from '../file/proven-entry.ts';
import { type Findings, Refutation } from './findings.ts';

/**
 * How far the log's clock may be set back between two entries of a file: the default tolerance of a policy.
 */
export const CLOCK_TOLERANCE_MS = 30_000;

/** An entry that is in the log. */
export interface LoggedEntry extends AuditEntry {
  /** What it commits to; undefined if the file does not have it, or if it commits to nothing. */
  readonly details: JsonObject | undefined;
}

/** A file with entries. */
export interface EntriesInFile {
  readonly meshId: MeshId;
  /** Whom entries that name a node are about. Undefined: they may be about any. */
  readonly nodeId?: NodeId | undefined;
  readonly entries: readonly ProvenEntry[];
  /** The index of the entry that the others lead to. */
  readonly decision: number;
}

export function checkEntries(
  file: EntriesInFile,
  head: OpenedCheckpoint,
  findings: Findings,
): ReadonlyMap<number, LoggedEntry> {
  const entries = new Map(file.entries.map((proven) => [proven.index, checkEntry(proven, file, head)]));
  findings.shown('entries', `${entries.size} entries are in the log under this head`);
  checkOrder(file, entries, head);
  findings.shown('order', 'their times follow their order, and the head is not older than they are');
  return entries;
}

function checkEntry(proven: ProvenEntry, file: EntriesInFile, head: OpenedCheckpoint): LoggedEntry {
  const entry = entryInLog(proven, file, head);
  return { ...entry, details: checkDetails(entry, proven) };
}

/** The entry, which is in the log at its place, and of this mesh and no other node. @throws Refutation */
export function entryInLog(
  proven: Omit<ProvenEntry, 'opened'>,
  file: Pick<EntriesInFile, 'meshId' | 'nodeId'>,
  { checkpoint }: OpenedCheckpoint,
): AuditEntry {
  const { index, path } = proven;
  const bytes = utf8(proven.entry);
  const entry = read(bytes, index);
  const { size, root } = checkpoint;
  if (!verifyInclusion({ leaf: leafHash(bytes), index, size, path, root }))
    throw new Refutation('entries', 'entry_not_in_log', `entry ${index} is not in the log under this head`);
  const isForeign = file.nodeId !== undefined && entry.nodeId !== undefined && entry.nodeId !== file.nodeId;
  if (entry.index !== index || entry.meshId !== file.meshId || isForeign)
    throw new Refutation('entries', 'wrong_entry', `entry ${index} is of another place, mesh or node`);
  return entry;
}

function read(bytes: Uint8Array, index: number): AuditEntry {
  try {
    return parseEntry(bytes);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    throw new Refutation('entries', 'entry_not_canonical', `entry ${index}: ${error.message}`);
  }
}

function checkDetails({ index, detailsCommitment }: AuditEntry, { opened }: ProvenEntry) {
  if (opened === undefined) return undefined;
  const { salt, details } = opened;
  if (detailsCommitment !== commitDetails(salt, details))
    throw new Refutation('details', 'details_differ', `entry ${index} commits to other details than these`);
  return details;
}

function checkOrder(
  { entries: proven, decision }: EntriesInFile,
  entries: ReadonlyMap<number, LoggedEntry>,
  { signatures, cosignatures }: OpenedCheckpoint,
): void {
  const indices = proven.map(({ index }) => index);
  if (indices.some((index, at) => at > 0 && index <= (indices[at - 1] ?? index)))
    throw new Refutation('order', 'wrong_order', 'the entries are not in the order of the log');
  if (indices.at(-1) !== decision)
    throw new Refutation(
      'order',
      'wrong_order',
      'the decision is not the last of the entries that it rests on',
    );
  let latest = Number.NEGATIVE_INFINITY;
  for (const { index, atMs } of entries.values()) {
    if (atMs < latest - CLOCK_TOLERANCE_MS)
      throw new Refutation(
        'order',
        'back_dated',
        `entry ${index} is dated ${Math.round((latest - atMs) / 1_000)} s before an entry that it follows`,
      );
    latest = Math.max(latest, atMs);
  }
  for (const { key, timeSeconds } of [...signatures, ...cosignatures])
    if (timeSeconds !== undefined && timeSeconds * 1_000 < latest - CLOCK_TOLERANCE_MS)
      throw new Refutation(
        'order',
        'back_dated',
        `${key.name} signed the head before its entries were dated`,
      );
}
