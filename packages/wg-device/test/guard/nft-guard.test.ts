import { waitUntil } from '@mesh/host/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TunnelError } from '../../src/port/tunnel-error.ts';
import { NAME } from '../support/fixtures.ts';
import { addresses, guardedPeer, liveElements, nft, openGuard } from '../support/guard-lab.ts';
import { createLabHost, type LabHost } from '../support/lab-host.ts';

let host: LabHost;
beforeEach(async () => {
  host = await createLabHost();
});
afterEach(async () => {
  await host.close();
});

const keys = async () => Object.keys(await liveElements(host)).sort();

describe('a guard', () => {
  it('lets live peers through for the rest of the lease, and changes nothing when asked again', async () => {
    const { guard, clock, calls } = openGuard(host);
    const endsAtBootMs = clock.bootMs() + 180_000;
    await guard.apply({ peers: [guardedPeer(2), guardedPeer(3)], endsAtBootMs });
    const live = await liveElements(host);
    expect(Object.keys(live).sort()).toEqual(['10.44.0.2', '10.44.0.3', 'fd44::2', 'fd44::3']);
    for (const timeoutMs of Object.values(live)) {
      expect(timeoutMs).toBeLessThanOrEqual(180_000);
      expect(timeoutMs).toBeGreaterThan(179_900);
    }
    await guard.apply({ peers: [guardedPeer(2), guardedPeer(3)], endsAtBootMs });
    expect(calls()).toBe(1);
    expect(guard.state()).toEqual({ kind: 'applied', addresses: 4, endsInMs: 180_000 });
  });

  it('leaves out the networks behind a peer', async () => {
    const { guard, clock } = openGuard(host);
    const peer = { addresses: addresses('10.44.0.2', '192.168.0.0/16') };
    await guard.apply({ peers: [peer], endsAtBootMs: clock.bootMs() + 9_000 });
    expect(await keys()).toEqual(['10.44.0.2']);
  });

  it('renews by itself when a sixth of the time has passed, and not before', async () => {
    const { guard, clock, calls } = openGuard(host);
    const peers = [guardedPeer(2)];
    const startMs = clock.bootMs();
    await guard.apply({ peers, endsAtBootMs: startMs + 120_000 });
    // Each turn renews the lease.
    for (let at = 1_000; at < 20_000; at += 1_000) {
      await clock.advance(1_000);
      await guard.apply({ peers, endsAtBootMs: startMs + 120_000 + at });
    }
    expect(calls()).toBe(1);
    await clock.advance(1_000);
    await waitUntil('the renewal', () => calls() === 2);
    await guard.apply({ peers, endsAtBootMs: startMs + 139_000 });
    expect(guard.state()).toMatchObject({ endsInMs: 119_000 });
    const given = (await liveElements(host))['10.44.0.2'] ?? 0;
    expect(given).toBeLessThanOrEqual(119_000);
    expect(given).toBeGreaterThan(118_900);
  });

  it('lets a peer pass again that was taken out ahead, when the same list asks for it', async () => {
    const { guard, clock } = openGuard(host);
    const wanted = { peers: [guardedPeer(2), guardedPeer(3)], endsAtBootMs: clock.bootMs() + 120_000 };
    await guard.apply(wanted);
    await guard.removeNow(guardedPeer(2).addresses);
    expect(await keys()).toEqual(['10.44.0.3', 'fd44::3']);
    await guard.apply(wanted);
    expect(await keys()).toEqual(['10.44.0.2', '10.44.0.3', 'fd44::2', 'fd44::3']);
  });

  it('renews at most once a second, even with a very short lease', async () => {
    const { guard, clock, calls } = openGuard(host);
    const peers = [guardedPeer(2)];
    const before = calls();
    for (let turn = 0; turn < 50; turn++) {
      await guard.apply({ peers, endsAtBootMs: clock.bootMs() + 900 });
      await clock.advance(100);
    }
    expect(calls() - before).toBeLessThanOrEqual(6);
    expect(calls() - before).toBeGreaterThan(1);
  });

  it('applies a shorter lease at once', async () => {
    const { guard, clock } = openGuard(host);
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 180_000 });
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 5_000 });
    expect((await liveElements(host))['fd44::2']).toBeLessThanOrEqual(5_000);
  });

  it('gives a new peer no more time than the others have left', async () => {
    const { guard, clock } = openGuard(host);
    const startMs = clock.bootMs();
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: startMs + 90_000 });
    await clock.advance(5_000);
    await guard.apply({ peers: [guardedPeer(2), guardedPeer(3)], endsAtBootMs: startMs + 95_000 });
    expect((await liveElements(host))['10.44.0.3']).toBeLessThanOrEqual(85_000);
  });

  it('removes a peer in one call and leaves the time of the others alone', async () => {
    const { guard, clock, calls } = openGuard(host);
    await guard.apply({
      peers: [guardedPeer(2, 1_000_000), guardedPeer(3)],
      endsAtBootMs: clock.bootMs() + 60_000,
    });
    await guard.removeNow(guardedPeer(2).addresses);
    expect(calls()).toBe(2);
    expect(await keys()).toEqual(['10.44.0.3', 'fd44::3']);
    expect(await nft(host, 'list', 'map', 'inet', `mesh-${NAME}`, 'in4')).not.toContain('10.44.0.2');
  });

  it('is closed by the kernel at the end of the lease, if nobody renews', async () => {
    const { guard, clock } = openGuard(host);
    // Long enough to be seen on a slow machine, where a run of nft takes a third of a second.
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 3_000 });
    expect(await keys()).toEqual(['10.44.0.2', 'fd44::2']);
    guard.stop();
    await waitUntil('the end of the elements', async () => (await keys()).length === 0);
  });

  it('lets nobody pass when its own clock says that the lease is over', async () => {
    const { guard, clock } = openGuard(host);
    const wanted = { peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 60_000 };
    await guard.apply(wanted);
    clock.suspend(60_000);
    await guard.apply(wanted);
    expect(await keys()).toEqual([]);
    expect(guard.state()).toEqual({ kind: 'applied', addresses: 0, endsInMs: 0 });
  });

  it('changes a peer’s limit in place: first a limit, then another one, then none', async () => {
    const { guard, clock } = openGuard(host);
    const endsAtBootMs = clock.bootMs() + 60_000;
    const verdicts = () => nft(host, 'list', 'map', 'inet', `mesh-${NAME}`, 'out4');
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs });
    expect(await verdicts()).not.toContain('jump');
    await guard.apply({ peers: [guardedPeer(2, 5_000_000)], endsAtBootMs });
    expect(await verdicts()).toContain('10.44.0.2 : jump limit_5000000_out');
    await guard.apply({ peers: [guardedPeer(2, 1_000_000)], endsAtBootMs });
    expect(await verdicts()).toContain('10.44.0.2 : jump limit_1000000_out');
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs });
    expect(await verdicts()).not.toContain('jump');
    expect(await keys()).toEqual(['10.44.0.2', 'fd44::2']);
  });

  it('after a restart changes nothing until it is asked, then takes over the table that it finds', async () => {
    const first = openGuard(host);
    await first.guard.apply({
      peers: [guardedPeer(2), guardedPeer(3)],
      endsAtBootMs: first.clock.bootMs() + 60_000,
    });
    first.guard.stop();
    const second = openGuard(host);
    expect(second.guard.state()).toEqual({ kind: 'idle' });
    expect(await keys()).toEqual(['10.44.0.2', '10.44.0.3', 'fd44::2', 'fd44::3']);
    await second.guard.apply({ peers: [guardedPeer(3)], endsAtBootMs: second.clock.bootMs() + 60_000 });
    expect(await keys()).toEqual(['10.44.0.3', 'fd44::3']);
    expect(second.notes).toEqual([]);
  });

  it('replaces a table of another version that does not fit', async () => {
    await nft(host, 'add', 'table', 'inet', `mesh-${NAME}`);
    await nft(host, 'add', 'set', 'inet', `mesh-${NAME}`, 'live4', '{ type ipv6_addr; }');
    const { guard, clock } = openGuard(host);
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 60_000 });
    await clock.advance(0);
    await waitUntil('the guard', () => guard.state().kind === 'applied');
    expect(await keys()).toEqual(['10.44.0.2', 'fd44::2']);
  });

  it.each([
    ['flushed every rule', ['flush', 'ruleset']],
    ['deleted a rule', ['flush', 'chain', 'inet', `mesh-${NAME}`, 'from_peers']],
    ['let everything in', ['insert', 'rule', 'inet', `mesh-${NAME}`, 'from_peers', 'accept']],
  ])('notices within one interval that somebody %s, reports it and repairs it', async (_, command) => {
    const { guard, clock, notes } = openGuard(host);
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 600_000 });
    const before = await nft(host, '-t', 'list', 'table', 'inet', `mesh-${NAME}`);
    await nft(host, ...command);
    await clock.advance(30_000);
    await waitUntil(
      'the repair',
      () => notes.some(({ kind }) => kind === 'altered') && guard.state().kind === 'applied',
    );
    expect(await nft(host, '-t', 'list', 'table', 'inet', `mesh-${NAME}`)).toBe(before);
    expect(await keys()).toEqual(['10.44.0.2', 'fd44::2']);
    await clock.advance(30_000);
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 600_000 });
    expect(notes).toEqual([{ kind: 'altered' }]);
  });

  it('reports once that nft fails, rejects nothing, and recovers by itself', async () => {
    let broken = true;
    const { guard, clock, notes } = openGuard(host, {
      run: (program, args, options) =>
        broken && args.includes('-f')
          ? Promise.reject(new TunnelError('permission_denied', 'not allowed'))
          : host.run(program, args, options),
    });
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 600_000 });
    await guard.removeNow(guardedPeer(3).addresses);
    await clock.advance(10_000);
    expect(notes).toEqual([{ kind: 'failed', code: 'permission_denied', message: 'not allowed' }]);
    expect(guard.state()).toMatchObject({ kind: 'failed', code: 'permission_denied' });
    broken = false;
    await clock.advance(30_000);
    await waitUntil('the guard', () => guard.state().kind === 'applied');
    expect(notes.at(-1)).toEqual({ kind: 'recovered' });
    expect(await keys()).toEqual(['10.44.0.2', 'fd44::2']);
  });

  it('goes down without a trace, and leaves other tables alone', async () => {
    const others = ['mesh-other0', 'operators'];
    for (const name of others) {
      await nft(host, 'add', 'table', 'inet', name);
      await nft(host, 'add', 'chain', 'inet', name, 'kept');
    }
    await nft(host, 'add', 'table', 'ip', `mesh-${NAME}`);
    const before = await nft(host, 'list', 'ruleset');
    const { guard, clock } = openGuard(host);
    await guard.apply({ peers: [guardedPeer(2, 5_000)], endsAtBootMs: clock.bootMs() + 60_000 });
    expect(await nft(host, 'list', 'ruleset')).not.toBe(before);
    await guard.down();
    expect(await nft(host, 'list', 'ruleset')).toBe(before);
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 60_000 });
    expect(await nft(host, 'list', 'ruleset')).toBe(before);
  });
});
