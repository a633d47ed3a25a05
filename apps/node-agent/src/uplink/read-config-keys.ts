// A config's opened keys → sets of pair keys, one an epoch. Pure. A key that is none is left out and reported.

import { type NodeId, parseRfc3339 } from '@mesh/primitives';
import type { UnsealedKeys } from '@mesh/protocol';
import { parseWgPresharedKey, presharedKeyDigest } from '@mesh/wg';
import type { HeldPsk, KeySet } from '../plan/held-config.ts';

export function readConfigKeys(keys: UnsealedKeys, faults: string[]): KeySet[] {
  const sets: KeySet[] = [];
  if (keys.current !== undefined) {
    sets.push({ epochId: keys.current.epoch_id, psks: readPsks(keys.current.psks, faults) });
  }
  if (keys.next !== undefined) {
    sets.push({
      epochId: keys.next.epoch_id,
      activateAtMs: parseRfc3339(keys.next.activate_at),
      psks: readPsks(keys.next.psks, faults),
    });
  }
  return sets;
}

function readPsks(psks: Readonly<Record<string, string>>, faults: string[]): Map<NodeId, HeldPsk> {
  const read = new Map<NodeId, HeldPsk>();
  for (const [nodeId, psk] of Object.entries(psks)) {
    try {
      const presharedKey = parseWgPresharedKey(psk);
      read.set(nodeId as NodeId, { presharedKey, digest: presharedKeyDigest(presharedKey) });
    } catch {
      faults.push(`the preshared key for ${nodeId} is not one`);
    }
  }
  return read;
}
