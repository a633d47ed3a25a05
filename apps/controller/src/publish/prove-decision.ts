// Puts a proof file together: a decision, the entries that it rests on, what they commit to, and the proofs
// that all of them are in the log under its newest published head.

import { proveConsistency, proveInclusion } from '@mesh/audit';
import { type ProofFile, type ProvenEntry, renderProofFile } from '@mesh/evidence';
import { platformSha256 } from '@mesh/host';
import { decodeBase64, defined, type EpochId, type MeshId, type NodeId } from '@mesh/primitives';
import type { DecisionEntries } from '../store/decision-entries.ts';
import type { OpenedRow } from '../store/read-log.ts';
import type { PublishedLog, PublishedTree } from './published-log.ts';

export interface ProvePorts {
  readonly meshId: MeshId;
  readonly decisionEntries: Pick<DecisionEntries, 'find' | 'groundsOf'>;
  readonly openLogEntry: (index: number) => OpenedRow | undefined;
  readonly publishedLog: Pick<PublishedLog, 'tree'>;
}

export interface ProofQuery {
  readonly nodeId: NodeId;
  readonly epochId?: EpochId | undefined;
  readonly denial: boolean;
  /** The size of a head that the reader has seen: the file links its head to that one. */
  readonly seenSize?: number | undefined;
}

/**
 * @returns the text of the file; undefined if the newest published head covers no such decision
 */
export function proveDecision(ports: ProvePorts, query: ProofQuery): string | undefined {
  const tree = ports.publishedLog.tree();
  if (tree === undefined) return undefined;
  const { nodeId, epochId, denial, seenSize } = query;
  const decision = ports.decisionEntries.find({ nodeId, epochId, denial, before: tree.size });
  if (decision === undefined) return undefined;
  const rows = ports.decisionEntries.groundsOf(decision).map((index) => rowAt(ports, index));
  const file: ProofFile = {
    meshId: ports.meshId,
    nodeId,
    checkpoint: tree.checkpoint,
    decision,
    entries: rows.map((row) => provenEntry(row, tree)),
    ...defined({
      message: rows.at(-1)?.message,
      extends: seenSize === undefined || seenSize > tree.size ? undefined : linkTo(seenSize, tree),
    }),
  };
  return renderProofFile(file);
}

function rowAt({ openLogEntry }: ProvePorts, index: number): OpenedRow {
  const row = openLogEntry(index);
  if (row === undefined) throw new RangeError(`the log has no entry ${index}`);
  return row;
}

function provenEntry({ index, text, opened }: OpenedRow, { size, read }: PublishedTree): ProvenEntry {
  return {
    index,
    entry: text,
    path: proveInclusion(index, size, read, platformSha256),
    ...(opened === undefined
      ? {}
      : { opened: { salt: decodeBase64(opened.salt), details: opened.details as never } }),
  };
}

const linkTo = (seenSize: number, { size, read }: PublishedTree) => ({
  size: seenSize,
  path: proveConsistency(seenSize, size, read, platformSha256),
});
