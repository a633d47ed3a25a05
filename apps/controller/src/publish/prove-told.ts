// Shows a node what the log says that it was told.

import { type ProvenTold, renderToldAnswer } from '@mesh/evidence';
import { platformSha256 } from '@mesh/host';
import type { EpochId, NodeId } from '@mesh/primitives';
import { batchTree } from '@mesh/protocol';
import type { ToldPart, ToldRows } from '../store/told-rows.ts';
import { type EntryPorts, provenEntry, rowAt } from './prove-entry.ts';
import type { PublishedLog, PublishedTree } from './published-log.ts';

export interface ProveToldPorts extends EntryPorts {
  readonly publishedLog: Pick<PublishedLog, 'tree'>;
  readonly toldRows: Pick<ToldRows, 'page'>;
}

export interface ToldQuery {
  readonly nodeId: NodeId;
  /** What was told in this epoch and later. */
  readonly epochId: EpochId;
  /** Only entries from this one on. */
  readonly from: number;
}

/** @returns the text of the answer; undefined before the first head */
export function proveTold(ports: ProveToldPorts, { nodeId, epochId, from }: ToldQuery): string | undefined {
  const tree = ports.publishedLog.tree();
  if (tree === undefined) return undefined;
  const { parts, next } = ports.toldRows.page(nodeId, { epochId, from, before: tree.size });
  const told = parts.map((part) => provenTold(ports, part, tree));
  return renderToldAnswer({ checkpoint: tree.checkpoint, told, next: next ?? null });
}

export function provenTold(
  ports: EntryPorts,
  { index, salt, tellings, place, leaves }: ToldPart,
  tree: PublishedTree,
): ProvenTold {
  return {
    ...provenEntry(rowAt(ports, index), tree),
    ...{ salt, place, tellings: [...tellings] },
    leaf_path: batchTree(leaves, platformSha256).pathOf(place),
  };
}
