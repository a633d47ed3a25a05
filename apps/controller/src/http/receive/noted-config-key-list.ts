// Notes that a node has stored the newest list of config keys.

import { type MeshView, noteConfigKeyList } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Judge } from '../../judge/judge.ts';

export interface ConfigKeyListPorts {
  readonly view: MeshView;
  readonly judge: Judge;
}

/**
 * The request does not wait. Of requests that come before the note is on disk, all but the first change
 * nothing.
 */
export function notingConfigKeyList({ view, judge }: ConfigKeyListPorts) {
  return (nodeId: NodeId, knownMs: number | undefined): void => {
    const { lists, overlap } = view.configKeys();
    if (overlap === undefined || knownMs === undefined) return;
    if (lists.at(-1)?.made_at_ms !== knownMs || overlap.confirmedBy.has(nodeId)) return;
    // If the disk fails, the judge has dealt with it, and the next request says it again.
    judge.run(noteConfigKeyList(nodeId, knownMs)).catch(() => undefined);
  };
}
