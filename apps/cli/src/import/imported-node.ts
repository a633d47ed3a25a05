// A node that another network has, as it is to join this mesh.

import { type NodeId, PrimitivesError, parseNodeId } from '@mesh/primitives';
import { CliError } from '../errors/cli-error.ts';

export interface ImportedNode {
  readonly id: NodeId;
  /** The class of its token; undefined for the mesh's own default. */
  readonly class: string | undefined;
  /** Its addresses in the network that it comes from. The mesh gives it others. */
  readonly addresses: readonly string[];
  /** Where the others reach it, as their files say; undefined if none does. */
  readonly endpoint: string | undefined;
  /** What it is there: a WireGuard public key or a name. */
  readonly origin: string;
}

/**
 * A node id from a name that people gave: lower case, and "-" for what no id may hold.
 *
 * @returns undefined if nothing is left of it
 */
export function nodeIdFrom(name: string): NodeId | undefined {
  const text = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^[.-]+|[.-]+$/g, '');
  try {
    return parseNodeId(text);
  } catch (error) {
    if (error instanceof PrimitivesError) return undefined;
    throw error;
  }
}

/**
 * The nodes in the order of their ids.
 *
 * @param remedy how to give one of them another name
 * @throws CliError `usage` if two have the same name, or there are none
 */
export function checkedNodes(nodes: readonly ImportedNode[], remedy: string): readonly ImportedNode[] {
  if (nodes.length === 0) throw new CliError('usage', 'there is no node in what was given');
  const byId = new Map<NodeId, ImportedNode>();
  for (const node of nodes) {
    const other = byId.get(node.id);
    if (other !== undefined)
      throw new CliError('usage', `${other.origin} and ${node.origin} would both be ${node.id}: ${remedy}`);
    byId.set(node.id, node);
  }
  return [...byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
}
