// What a node reports of its tunnels, from the plan and the interface.

import { FakeClock } from '@mesh/host/test-kit';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { Tunnel } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import type { EngineSnapshot } from '../../src/engine/port/engine.ts';
import { observeApplied } from '../../src/uplink/reports/observe-applied.ts';
import { heldConfig, keySet, node, publicKeyOf } from '../support/plan-fixtures.ts';

const NAMES = ['a', 'b'];

/** What is reported with these peers on the interface, if it can be read, and these pairs on slot b. */
async function reported(onInterface: readonly string[] | undefined, movedToB: readonly string[]) {
  const clock = new FakeClock({ nowMs: 1_900_000_000_000 });
  const latestHandshakeSeconds = clock.nowMs() / 1_000 - 3;
  const snapshot = {
    config: heldConfig(NAMES, [keySet(4, NAMES)]),
    interfaceUp: true,
    trouble: undefined,
    appliedEpochs: new Map<NodeId, EpochId>(NAMES.map((name) => [node(name), 4 as EpochId])),
    movedToB: new Set(movedToB.map(node)),
  } as unknown as EngineSnapshot;
  const read = async () => {
    if (onInterface === undefined) throw new Error('it cannot be read');
    return {
      peers: onInterface.map((name) => ({ publicKey: publicKeyOf(name), latestHandshakeSeconds })),
    };
  };
  const engine = { snapshot: () => snapshot, tunnel: { read } as unknown as Tunnel };
  const state = await observeApplied(engine, clock, undefined, { trouble: undefined, toCosign: undefined });
  return state?.peers.map(({ nodeId, handshakeAgeMs, slot = 'a' }) => [nodeId, handshakeAgeMs, slot]);
}

describe('a report', () => {
  it('names the peers on the interface, and the slot on which this node sends', async () => {
    expect(await reported(NAMES, ['b'])).toEqual([
      [node('a'), 3_000, 'a'],
      [node('b'), 3_000, 'b'],
    ]);
    expect(await reported(['b'], [])).toEqual([[node('b'), 3_000, 'a']]);
  });

  it('names a pair on slot b while slot a lacks its peer or cannot be read', async () => {
    expect(await reported([], ['b'])).toEqual([[node('b'), null, 'b']]);
    expect(await reported(undefined, ['b'])).toEqual([[node('b'), null, 'b']]);
  });
});
