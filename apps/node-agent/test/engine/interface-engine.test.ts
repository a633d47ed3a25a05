import { describe, expect, it } from 'vitest';
import { config, NAMES, start } from '../support/engine-harness.ts';
import { heldConfig, heldPeer, heldPsk, keySet, namesByRole } from '../support/plan-fixtures.ts';

describe('the engine', () => {
  it('brings the interface up and adds the peers of the first config in one set', async () => {
    const { engine, calls, peers, settle, events } = start();
    engine.heard(180, config(NAMES));
    await settle();
    expect(await peers()).toEqual(NAMES);
    expect(calls).toEqual(['add 3']);
    expect(events.filter((event) => event.type === 'peer_added')).toHaveLength(3);
    expect(events).toContainEqual({ type: 'epoch_applied', epochId: 4 });
  });

  it('removes a peer on receipt, without a timer and without reading the interface first', async () => {
    const { engine, calls, peers, settle, clock } = start();
    engine.heard(180, config(NAMES));
    await settle();
    const beforeMs = clock.monotonicMs();
    engine.heard(180, config(['a', 'c']));
    await settle();
    expect(await peers()).toEqual(['a', 'c']);
    expect(clock.monotonicMs()).toBe(beforeMs);
    expect(calls).toEqual(['add 3', 'remove 1']);
  });

  it('removes everybody when denied', async () => {
    const { engine, peers, settle } = start();
    engine.heard(180, config(NAMES));
    await settle();
    engine.heard(180, config([], { allowed: false }));
    await settle();
    expect(await peers()).toEqual([]);
  });

  it('lets a removal that arrives while keys are set wait for that call only', async () => {
    const { engine, calls, peers, settle, before } = start();
    const held = config(NAMES);
    engine.heard(180, held);
    await settle();
    let finish: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => {
      finish = resolve;
    });
    before.setPresharedKeys = () => underWay;
    // There are new keys for every peer, and one more peer to add, so two further calls are planned after
    // this one.
    engine.heard(180, heldConfig([...NAMES, 'x'], [keySet(5, [...NAMES, 'x'])]));
    await settle();
    engine.heard(180, heldConfig(['a', 'c', 'x'], [keySet(5, ['a', 'c', 'x'])]));
    await settle();
    expect(calls).toEqual(['add 3', 'psk 3']);
    finish();
    await settle();
    expect(calls).toEqual(['add 3', 'psk 3', 'remove 1', 'add 1']);
    expect(await peers()).toEqual(['a', 'c', 'x']);
  });

  it('with a new key of its own drops the peers, and adds them with the keys of the next config only', async () => {
    const { engine, calls, peers, settle, clock, replaceKey } = start();
    engine.heard(180, config(NAMES));
    await settle();
    replaceKey('another');
    await clock.advance(1_000);
    await settle();
    expect([calls, await peers()]).toEqual([['add 3', 'remove 3'], []]);
    engine.heard(180, config(NAMES, { version: 'next' }));
    await settle();
    expect([calls.at(-1), await peers()]).toEqual(['add 3', NAMES]);
  });

  it('with a new key of its own keeps the keys of a config that came before it looked', async () => {
    const { engine, calls, peers, settle, replaceKey } = start();
    engine.heard(180, config(NAMES));
    await settle();
    replaceKey('another');
    engine.heard(180, config(NAMES, { version: 'next' }));
    await settle();
    expect([calls, await peers()]).toEqual([['add 3', 'remove 3', 'add 3'], NAMES]);
  });

  it('changes keys in two sets per epoch: as initiator at the boundary, as responder 200 ms later', async () => {
    const initiators = namesByRole('initiator', 3);
    const responders = namesByRole('responder', 3);
    const names = [...initiators, ...responders];
    const { engine, calls, digest, settle, clock } = start();
    const atMs = clock.nowMs() + 5_000;
    engine.heard(180, heldConfig(names, [keySet(4, names), keySet(5, names, atMs)]));
    await settle();
    await clock.advance(4_999);
    expect(calls).toEqual(['add 6']);
    await clock.advance(1);
    expect(calls).toEqual(['add 6', 'psk 3']);
    expect(await digest(initiators[0] ?? '')).toBe(heldPsk(5, initiators[0] ?? '').digest);
    expect(await digest(responders[0] ?? '')).toBe(heldPsk(4, responders[0] ?? '').digest);
    await clock.advance(199);
    expect(calls).toHaveLength(2);
    await clock.advance(1);
    expect(calls).toEqual(['add 6', 'psk 3', 'psk 3']);
    expect(await digest(responders[0] ?? '')).toBe(heldPsk(5, responders[0] ?? '').digest);
    await clock.advance(20_000);
    expect(calls).toHaveLength(3);
  });

  it('changes keys at once if their time comes between the plan and the following nap', async () => {
    const names = [...namesByRole('initiator', 1), ...namesByRole('responder', 1)];
    const { engine, calls, coarse, settle, clock } = start();
    const atMs = clock.nowMs() + 500;
    engine.heard(180, heldConfig(names, [keySet(4, names), keySet(5, names, atMs)]));
    await settle();
    for (const [changed, instantMs] of [atMs, atMs + 200].entries()) {
      await clock.advance(instantMs - clock.nowMs() - 1);
      coarse.behindMs = 1;
      await clock.advance(1);
      expect(calls).toHaveLength(1 + changed);
      await clock.advance(2);
      expect(calls).toHaveLength(2 + changed);
    }
  });

  it('adds a peer that only the next epoch names at its boundary, not before', async () => {
    const [name = ''] = namesByRole('initiator', 1);
    const { engine, peers, clock, settle } = start();
    engine.heard(180, heldConfig([name], [keySet(4, []), keySet(5, [name], clock.nowMs() + 1_000)]));
    await settle();
    await clock.advance(999);
    expect(await peers()).toEqual([]);
    await clock.advance(1);
    expect(await peers()).toEqual([name]);
  });

  it('keeps the keys that it finds while a controller that has just started has none', async () => {
    const { engine, calls, digest, clock, settle } = start();
    engine.heard(180, config(NAMES));
    await settle();
    engine.heard(180, heldConfig(NAMES, []));
    await clock.advance(2_000);
    expect(calls).toEqual(['add 3']);
    expect(await digest('a')).toBe(heldPsk(4, 'a').digest);
  });

  it('sets a changed endpoint without removing the peer', async () => {
    const { engine, tunnel, calls, settle } = start();
    const held = config(['a']);
    engine.heard(180, held);
    await settle();
    const moved = { ...heldPeer('a'), endpoint: { ...heldPeer('a').endpoint, port: 4_444 } } as ReturnType<
      typeof heldPeer
    >;
    engine.heard(180, { ...held, peers: new Map([[moved.nodeId, moved]]) });
    await settle();
    expect(calls).toEqual(['add 1', 'update']);
    expect((await tunnel.read()).peers[0]?.endpoint?.port).toBe(4_444);
  });
});
