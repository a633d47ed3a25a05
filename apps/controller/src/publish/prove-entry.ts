// Proves that the published log has an entry, and opens what the entry commits to.

import { proveInclusion } from '@mesh/audit';
import type { ProvenEntry } from '@mesh/evidence';
import { platformSha256 } from '@mesh/host';
import { decodeBase64 } from '@mesh/primitives';
import type { OpenedRow } from '../store/read-log.ts';
import type { PublishedTree } from './published-log.ts';

export interface EntryPorts {
  readonly openLogEntry: (index: number) => OpenedRow | undefined;
}

/** @throws RangeError if the log has no such entry */
export function rowAt({ openLogEntry }: EntryPorts, index: number): OpenedRow {
  const row = openLogEntry(index);
  if (row === undefined) throw new RangeError(`the log has no entry ${index}`);
  return row;
}

export function provenEntry({ index, text, opened }: OpenedRow, { size, read }: PublishedTree): ProvenEntry {
  return {
    index,
    entry: text,
    path: proveInclusion(index, size, read, platformSha256),
    ...(opened === undefined
      ? {}
      : { opened: { salt: decodeBase64(opened.salt), details: opened.details as never } }),
  };
}
