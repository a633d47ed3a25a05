// When the tunnels of a node may be moved to slot b, when its slot a is free, and when they are back.

import { FakeClock } from '@mesh/host/test-kit';
import { AppliedReports, type NodeRecord } from '@mesh/membership';
import { type NodeId, parseNodeId } from '@mesh/primitives';
import type { AppliedMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { Presence } from '../../src/publish/presence.ts';
import { SlotMoves } from '../../src/publish/slot-moves.ts';

const NAMES = ['node-a', 'node-b', 'node-c'];
const id = (name: string) => parseNodeId(name);

/** A mesh of three nodes, whose agents can all move, and whose tunnels all work in slot a. */
function mesh() {
  const clock = new FakeClock({ nowMs: 1_900_000_000_000 });
  const nodes = new Map(
    NAMES.map((name) => [
      id(name),
      {
        nodeId: id(name),
        wgPublicKeys: { a: `${name} a`, b: `${name} b` },
        endpoint: { listen_ports: { a: 51_820, b: 51_821 }, advertise: [] },
      } as unknown as NodeRecord,
    ]),
  );
  const [applied, presence, out] = [new AppliedReports(), new Presence(), new Set<NodeId>()];
  const changed: string[] = [];
  const moves = new SlotMoves({
    view: { node: (nodeId: NodeId) => nodes.get(nodeId) } as never,
    members: {
      isIn: ({ nodeId }: NodeRecord) => !out.has(nodeId),
      peersOf: (node: NodeRecord) =>
        [...nodes.values()].filter((each) => each !== node && !out.has(each.nodeId)),
    } as never,
    applied,
    presence,
    leaseMs: 180_000,
    clock,
    timers: clock,
    changed: ({ nodeId }) => changed.push(nodeId),
  });
  const node = (name: string) => nodes.get(id(name)) as NodeRecord;
  const report = (name: string, slot?: 'b', handshakeAgeMs: number | null = 1_000, peers = NAMES) =>
    applied.take(
      {
        node_id: id(name),
        sequence: 1,
        epoch_id: null,
        peers: peers
          .filter((peer) => peer !== name)
          .map((peer) => ({
            node_id: id(peer),
            epoch_id: null,
            handshake_age_ms: handshakeAgeMs,
            ...(slot && { slot }),
          })),
      } as unknown as AppliedMessage,
      clock.nowMs(),
    );
  const see = (names = NAMES) => {
    for (const name of names) presence.see(id(name), clock.nowMs());
  };
  see();
  for (const name of NAMES) {
    moves.noteAbility(id(name), true);
    report(name);
  }
  return {
    clock,
    moves,
    changed,
    report,
    see,
    node,
    out,
    nodes,
    ask: () => moves.ask(node('node-a')),
    carrying: (name = 'node-a') => [...moves.carrying(node(name))].join(''),
    between: (one: string, other: string) => moves.between(node(one), node(other)),
  };
}

/** A mesh in which all pairs of node-a send on slot b. */
async function moved() {
  const there = mesh();
  there.ask();
  await there.clock.advance(1_000);
  for (const name of NAMES) there.report(name, 'b');
  expect(there.ask()).toEqual({ kind: 'moved' });
  return there;
}

describe('a node that asks for its slot a', () => {
  it('has it free when both ends of each pair have reported that they send on slot b', async () => {
    const { ask, report, carrying, between, changed, clock } = mesh();
    expect([carrying(), between('node-a', 'node-b')]).toEqual(['a', undefined]);
    expect(ask()).toEqual({ kind: 'under_way' });
    expect([carrying(), changed]).toEqual(['ab', ['node-a']]);
    expect([between('node-a', 'node-b'), between('node-c', 'node-a')]).toEqual(['send', 'send']);
    expect(between('node-b', 'node-c')).toBeUndefined();
    await clock.advance(500);
    for (const name of ['node-a', 'node-b']) report(name, 'b');
    expect([ask().kind, carrying()]).toEqual(['under_way', 'ab']);
    report('node-c', 'b');
    expect([ask().kind, carrying(), carrying('node-b')]).toEqual(['moved', 'b', 'ab']);
  });

  it.each<[string, (there: ReturnType<typeof mesh>) => void]>([
    ['one end alone has moved', ({ report }) => report('node-a', 'b')],
    [
      'only the other ends have moved',
      ({ report }) => {
        for (const name of ['node-b', 'node-c']) report(name, 'b');
      },
    ],
    ['an end has gone back', ({ report }) => report('node-c')],
  ])('has to wait while %s', async (what, happens) => {
    const there = mesh();
    there.ask();
    await there.clock.advance(500);
    if (what === 'an end has gone back') for (const name of NAMES) there.report(name, 'b');
    happens(there);
    expect([there.ask().kind, there.carrying()]).toEqual(['under_way', 'ab']);
  });

  it('has to wait for reports of this move: those of an earlier one do not count', async () => {
    const there = mesh();
    for (const name of NAMES) there.report(name, 'b');
    await there.clock.advance(1);
    expect(there.ask().kind).toBe('under_way');
    // Without the guard, the old reports would do.
    for (const name of NAMES) there.report(name, 'b');
    expect(there.ask().kind).toBe('moved');
  });

  it('waits for a new pair that was reported before its first handshake', async () => {
    const there = mesh();
    await there.clock.advance(300_000);
    there.see();
    for (const name of NAMES) there.report(name, undefined, 190_000, []);
    for (const name of NAMES) there.report(name, undefined, null);
    await there.clock.advance(1_000);
    expect([there.ask().kind, there.carrying()]).toEqual(['under_way', 'ab']);
    // Reports of this move show no session yet: it may have come since.
    for (const name of NAMES) there.report(name, undefined, null);
    expect([there.ask().kind, there.carrying()]).toEqual(['under_way', 'ab']);
    for (const name of NAMES) there.report(name, 'b', 1_000);
    expect(there.ask().kind).toBe('moved');
  });

  it('does not wait for a pair that had no session for as long as one lasts, once both ends say so', async () => {
    const there = mesh();
    for (const name of NAMES) there.report(name, undefined, null);
    await there.clock.advance(180_000);
    there.see();
    expect(there.ask().kind).toBe('under_way');
    there.report('node-a', undefined, null);
    there.report('node-b', undefined, 180_000);
    expect(there.ask().kind).toBe('under_way');
    // This end has no peer for the pair at all.
    there.report('node-c', undefined, null, []);
    expect(there.ask().kind).toBe('moved');
  });

  it('waits while one end of a pair without a session in slot a sends on slot b', async () => {
    const there = mesh();
    await there.clock.advance(180_000);
    there.see();
    there.ask();
    for (const name of ['node-b', 'node-c']) there.report(name, undefined, 180_000);
    there.report('node-a', 'b', 180_000);
    expect(there.ask().kind).toBe('under_way');
  });

  it('does not wait for a node that was not heard for a lease', async () => {
    const other = mesh();
    await other.clock.advance(180_001);
    other.see(['node-a', 'node-b']);
    other.ask();
    for (const name of ['node-a', 'node-b']) other.report(name, 'b');
    expect(other.ask().kind).toBe('moved');
    // It comes back, and its tunnel may work.
    other.see();
    other.report('node-c');
    expect(other.ask().kind).toBe('under_way');
  });

  it.each<[string, (there: ReturnType<typeof mesh>) => void]>([
    ['the agent of a peer does not know moves', ({ moves }) => moves.noteAbility(id('node-b'), false)],
    [
      'a peer has no key in slot b',
      ({ nodes, node }) => nodes.set(id('node-b'), { ...node('node-b'), wgPublicKeys: { a: 'a' } } as never),
    ],
    [
      'a peer has no port for slot b',
      ({ nodes, node }) =>
        nodes.set(id('node-b'), {
          ...node('node-b'),
          endpoint: { listen_ports: { a: 1 }, advertise: [] },
        } as never),
    ],
  ])('is told which nodes cannot, if %s, and nothing moves', (_, happens) => {
    const there = mesh();
    happens(there);
    expect(there.ask()).toEqual({ kind: 'impossible', nodeIds: ['node-b'] });
    expect([there.changed, there.carrying()]).toEqual([[], 'a']);
  });

  it('is told after a minute which pairs did not move, and all go back', async () => {
    const there = mesh();
    there.ask();
    for (let second = 0; second < 60; second++) {
      await there.clock.advance(1_000);
      there.see();
      there.report('node-a', 'b', 1_000, ['node-a', 'node-b']);
      there.report('node-b', 'b');
      there.report('node-c');
      if (second < 59) expect(there.ask().kind).toBe('under_way');
    }
    expect(there.ask()).toEqual({ kind: 'stuck', nodeIds: ['node-c'] });
    expect(there.between('node-a', 'node-b')).toBe('receive');
    expect(there.carrying()).toBe('ab');
  });
});

describe('tunnels go back', () => {
  it('when the key was replaced; slot b is in use until both ends have reported that they send on slot a', async () => {
    const there = await moved();
    there.moves.replaced(there.node('node-a'));
    expect([there.between('node-a', 'node-b'), there.carrying()]).toEqual(['receive', 'ab']);
    await there.clock.advance(1_000);
    for (const name of ['node-a', 'node-b']) there.report(name);
    await there.clock.advance(1_000);
    expect(there.between('node-a', 'node-b')).toBe('receive');
    there.report('node-c');
    await there.clock.advance(1_000);
    expect([there.between('node-a', 'node-b'), there.carrying()]).toEqual([undefined, 'a']);
    expect(there.changed).toEqual(['node-a', 'node-a', 'node-a']);
  });

  it('when the node does not ask any more', async () => {
    const there = await moved();
    await there.clock.advance(20_000);
    expect([there.between('node-a', 'node-b'), there.carrying()]).toEqual(['send', 'b']);
    await there.clock.advance(2_000);
    expect([there.between('node-a', 'node-b'), there.carrying()]).toEqual(['receive', 'ab']);
  });

  it('after five minutes even if an end never says so', async () => {
    const there = await moved();
    there.moves.replaced(there.node('node-a'));
    for (let minute = 0; minute < 6; minute++) {
      there.see();
      await there.clock.advance(60_000);
    }
    expect(there.between('node-a', 'node-b')).toBeUndefined();
  });

  it('at once if the node is out, or was deleted', async () => {
    const denied = await moved();
    denied.out.add(id('node-a'));
    await denied.clock.advance(1_000);
    expect(denied.between('node-a', 'node-b')).toBeUndefined();
    const deleted = await moved();
    deleted.moves.forget(id('node-a'));
    expect(deleted.between('node-a', 'node-b')).toBeUndefined();
  });
});

describe('a node that has just moved', () => {
  it('does not move again for a minute, so that its peers have rest', async () => {
    const there = await moved();
    there.moves.replaced(there.node('node-a'));
    await there.clock.advance(1_000);
    for (const name of NAMES) there.report(name);
    await there.clock.advance(1_000);
    expect([there.carrying(), there.ask().kind, there.carrying()]).toEqual(['a', 'under_way', 'a']);
    await there.clock.advance(60_000);
    there.ask();
    expect(there.carrying()).toBe('ab');
  });
});
