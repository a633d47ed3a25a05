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
const PROBED = { sent: 20, answered: 20, rttMs: 2, worstRttMs: 3, ageMs: 400 };
const prober = {
  probed: (nodeId: NodeId) => (nodeId === node('a') ? PROBED : undefined),
  intervalMs: 10_000,
};

async function observed(onInterface: readonly string[] | undefined, movedToB: readonly string[]) {
  const clock = new FakeClock({ nowMs: 1_900_000_000_000 });
  const latestHandshakeSeconds = clock.nowMs() / 1_000 - 3;
  const snapshot = {
    config: heldConfig(NAMES, [keySet(4, NAMES)]),
    interfaceUp: true,
    trouble: undefined,
    appliedEpochs: new Map<NodeId, EpochId>(NAMES.map((name) => [node(name), 4 as EpochId])),
    movedToB: new Set(movedToB.map(node)),
    configuredForMs: () => 61_000,
  } as unknown as EngineSnapshot;
  const read = async () => {
    if (onInterface === undefined) throw new Error('it cannot be read');
    return {
      peers: onInterface.map((name) => ({
        ...{ publicKey: publicKeyOf(name), latestHandshakeSeconds },
        ...{ rxBytes: 100, txBytes: 200 },
      })),
    };
  };
  const engine = { snapshot: () => snapshot, tunnel: { read } as unknown as Tunnel };
  const state = await observeApplied(engine, prober, clock, undefined, {
    trouble: undefined,
    toCosign: undefined,
  });
  return state;
}

async function reported(...seen: Parameters<typeof observed>) {
  const state = await observed(...seen);
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

  it('has a row for each peer that it names: what the interface has carried, and the last probes', async () => {
    const traffic = { receivedBytes: 100, sentBytes: 200, forMs: 61_000 };
    expect((await observed(NAMES, []))?.figures).toEqual({
      probeIntervalMs: 10_000,
      rows: [
        { traffic, probed: PROBED },
        { traffic, probed: undefined },
      ],
    });
    // What slot a has counted is not what a pair on slot b carries.
    expect((await observed(['a', 'b'], ['a']))?.figures?.rows).toEqual([
      { traffic: undefined, probed: PROBED },
      { traffic, probed: undefined },
    ]);
  });
});
