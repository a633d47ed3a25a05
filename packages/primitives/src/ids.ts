// Identifiers: mesh ids, node ids and epoch ids. Each has one parser, which checks the text and brands it.
// The grammar allows no line breaks, spaces, quotes or path separators, so an id can be used unescaped in a
// config file, a log line or a URL path.

import { PrimitivesError, type PrimitivesErrorCode } from './primitives-error.ts';

declare const brand: unique symbol;

export type MeshId = string & { readonly [brand]: 'MeshId' };
export type NodeId = string & { readonly [brand]: 'NodeId' };
export type EpochId = number & { readonly [brand]: 'EpochId' };

const ID = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;
const ID_RULE =
  '1 to 63 of a-z, 0-9, "." and "-", beginning and ending with a letter or digit; upper case is not folded';

/**
 * Parses a mesh id: `[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?`.
 * @throws PrimitivesError `invalid_mesh_id`
 */
export function parseMeshId(value: unknown): MeshId {
  return checkId(value, 'invalid_mesh_id', 'mesh id') as MeshId;
}

/**
 * Parses a node id: `[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?`.
 * @throws PrimitivesError `invalid_node_id`
 */
export function parseNodeId(value: unknown): NodeId {
  return checkId(value, 'invalid_node_id', 'node id') as NodeId;
}

/**
 * Parses an epoch id: an integer from 1, below 2^53, as a number (a decimal string is refused).
 * @throws PrimitivesError `invalid_epoch_id`
 */
export function parseEpochId(value: unknown): EpochId {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new PrimitivesError('invalid_epoch_id', 'epoch id: use an integer from 1, below 2^53');
  }
  return value as EpochId;
}

function checkId(value: unknown, code: PrimitivesErrorCode, what: string): string {
  if (typeof value !== 'string' || !ID.test(value)) {
    throw new PrimitivesError(code, `${what}: use ${ID_RULE}`);
  }
  return value;
}
