// Reads a config's opened keys as sets of pair keys, one set for each epoch. Pure. A value that is not a
// preshared key is left out and reported.

import { type NodeId, parseRfc3339 } from '@mesh/primitives';
import type { UnsealedKeys } from '@mesh/protocol';
import { parseWgPresharedKey, presharedKeyDigest } from '@mesh/wg';
import type { HeldPsk, KeySet } from '../../plan/held-config.ts';
import { gathered, type Reading, read } from './reading.ts';

/**
 * @returns the set in force, if there is one, without an instant; then the pending set, if there is one
 */
export function readConfigKeys({ current, next }: UnsealedKeys): Reading<KeySet[]> {
  const inForce = current === undefined ? [] : [withPsks({ epochId: current.epoch_id }, current.psks)];
  const toCome =
    next === undefined
      ? []
      : [withPsks({ epochId: next.epoch_id, activateAtMs: parseRfc3339(next.activate_at) }, next.psks)];
  return gathered([...inForce, ...toCome]);
}

function withPsks(set: Omit<KeySet, 'psks'>, texts: Readonly<Record<string, string>>): Reading<KeySet> {
  const { value, faults } = gathered(Object.entries(texts).map(readPsk));
  return { value: { ...set, psks: new Map(value) }, faults };
}

function readPsk([nodeId, text]: [string, string]): Reading<[NodeId, HeldPsk] | undefined> {
  try {
    const presharedKey = parseWgPresharedKey(text);
    return read([nodeId as NodeId, { presharedKey, digest: presharedKeyDigest(presharedKey) }]);
  } catch {
    return { value: undefined, faults: [`the preshared key for ${nodeId} is not one`] };
  }
}
