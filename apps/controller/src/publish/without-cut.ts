// Removes the keys of nodes that were cut meanwhile from a config's keys.

import type { NodeId } from '@mesh/primitives';
import type { ConfigKeys, UnsealedKeys } from '@mesh/protocol';

/**
 * Sealed keys are not changed. The key with a node that was cut is useless without that peer, and the agent
 * drops it.
 *
 * @param keep whether a node is still in
 */
export function withoutCut(keys: ConfigKeys, keep: (nodeId: NodeId) => boolean): ConfigKeys {
  return keys.suite === 'none' ? filterKeys(keys, keep) : keys;
}

function filterKeys(keys: UnsealedKeys, keep: (nodeId: NodeId) => boolean): UnsealedKeys {
  // Nearly always every node stays. Then the record, which may have thousands of keys, is not copied.
  const filter = (psks: Record<string, string>) =>
    (Object.keys(psks) as NodeId[]).every(keep)
      ? psks
      : Object.fromEntries(Object.entries(psks).filter(([id]) => keep(id as NodeId)));
  return {
    suite: keys.suite,
    ...(keys.current === undefined ? {} : { current: { ...keys.current, psks: filter(keys.current.psks) } }),
    ...(keys.next === undefined ? {} : { next: { ...keys.next, psks: filter(keys.next.psks) } }),
  };
}
