// Puts a proof file together: a decision, the entries that it rests on, what they commit to, and the proofs
// that all of them are in the log under its newest published head.

import { parseEntry, proveConsistency } from '@mesh/audit';
import { type ProofFile, type ProvenTold, renderProofFile } from '@mesh/evidence';
import { platformSha256 } from '@mesh/host';
import { defined, type EpochId, type MeshId, type NodeId, utf8 } from '@mesh/primitives';
import type { DecisionEntries } from '../store/decision-entries.ts';
import type { ToldRows } from '../store/told-rows.ts';
import { type EntryPorts, provenEntry, rowAt } from './prove-entry.ts';
import { provenTold } from './prove-told.ts';
import type { PublishedLog, PublishedTree } from './published-log.ts';

export interface ProvePorts extends EntryPorts {
  readonly meshId: MeshId;
  readonly decisionEntries: Pick<DecisionEntries, 'find' | 'groundsOf'>;
  readonly publishedLog: Pick<PublishedLog, 'tree'>;
  readonly toldRows: Pick<ToldRows, 'find'>;
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
  const find = (before: number) => ports.decisionEntries.find({ nodeId, epochId, denial, before });
  const decision = find(tree.size);
  // An older decision is not what was asked for.
  if (decision === undefined || decision !== find(Number.MAX_SAFE_INTEGER)) return undefined;
  const rows = ports.decisionEntries.groundsOf(decision).map((index) => rowAt(ports, index));
  const file: ProofFile = {
    meshId: ports.meshId,
    nodeId,
    checkpoint: tree.checkpoint,
    decision,
    entries: rows.map((row) => provenEntry(row, tree)),
    ...defined({
      message: rows.at(-1)?.message,
      told: toldAround(ports, query, decision, tree),
      extends: seenSize === undefined || seenSize > tree.size ? undefined : linkTo(seenSize, tree),
    }),
  };
  return renderProofFile(file);
}

/**
 * What the node was told in the epoch that was asked about; else in that of the decision and in the next one.
 * A decision at a boundary is told with the next epoch.
 */
function toldAround(
  ports: ProvePorts,
  { nodeId, epochId }: ProofQuery,
  decision: number,
  tree: PublishedTree,
): readonly ProvenTold[] | undefined {
  const from = epochId ?? parseEntry(utf8(rowAt(ports, decision).text)).epochId;
  if (from === undefined) return undefined;
  const to = epochId ?? ((from + 1) as EpochId);
  const parts = ports.toldRows.find(nodeId, from, to, tree.size);
  return parts.length === 0 ? undefined : parts.map((part) => provenTold(ports, part, tree));
}

const linkTo = (seenSize: number, { size, read }: PublishedTree) => ({
  size: seenSize,
  path: proveConsistency(seenSize, size, read, platformSha256),
});
