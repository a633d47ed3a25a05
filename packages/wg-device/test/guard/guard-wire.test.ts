// What the guard does to packets: real tunnels, the real kernel, real time.

import { waitUntil } from '@mesh/host/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePsk } from '../../src/contract/samples.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import { limit } from '../support/guard-lab.ts';
import {
  answers,
  connect,
  createSide,
  lease,
  openWireGuard,
  peer,
  type Side,
  untilAnswers,
} from '../support/guarded-sides.ts';
import { joinHosts, type LabHost, layCable } from '../support/lab-host.ts';

const hosts: LabHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

async function establishedPackets({ host }: Side): Promise<number> {
  const listed = await runOrThrow(host.run, 'nft', ['list', 'table', 'inet', 'operators']);
  return Number(/counter packets (\d+)/.exec(new TextDecoder().decode(listed))?.[1]);
}

/** Sequenced pings while `task` runs. @returns how many were lost */
async function lostDuring(from: Side, to: Side, task: () => Promise<void>): Promise<number> {
  const pings = runOrThrow(from.host.run, 'ping', [
    '-q',
    '-i',
    '0.01',
    '-c',
    '300',
    '-W',
    '2',
    `10.44.0.${to.n}`,
  ]);
  let running = true;
  const ended = pings.finally(() => {
    running = false;
  });
  while (running) await task();
  const [, sent, received] =
    /(\d+) packets transmitted, (\d+) received/.exec(new TextDecoder().decode(await ended)) ?? [];
  expect(Number(sent)).toBe(300);
  return Number(sent) - Number(received);
}

describe('two hosts of which one is guarded', () => {
  let a: Side;
  let b: Side;
  beforeEach(async () => {
    a = await createSide(hosts, 1);
    b = await createSide(hosts, 2);
    await joinHosts(a.host, b.host);
    const psk = makePsk();
    await connect(a, b, psk);
    await connect(b, a, psk);
    expect(await untilAnswers(a, b)).toBe(true);
  });

  it('exchange packets of both families during the lease, and no packet in either direction after it, although only one end is guarded', async () => {
    const guard = openWireGuard(a);
    await guard.apply({ peers: [peer(b)], endsAtBootMs: lease(4_000) });
    // As after a kill: nobody renews.
    guard.stop();
    expect([await answers(a, b), await answers(b, a), await answers(a, b, 6)]).toEqual([true, true, true]);
    const endMs = Date.now() + 5_000;
    while (await answers(b, a, 4, 1)) expect(Date.now()).toBeLessThan(endMs);
    const after = await Promise.all([answers(a, b), answers(b, a), answers(b, a, 6)]);
    expect(after).toEqual([false, false, false]);
  });

  it('are cut off even in an established flow: connection tracking does not let it pass', async () => {
    const guard = openWireGuard(a);
    await runOrThrow(a.host.run, 'nft', [
      'add table inet operators; add chain inet operators input { type filter hook input priority -10; }; add rule inet operators input meta l4proto icmp ct state established,related counter accept',
    ]);
    await guard.apply({ peers: [peer(b)], endsAtBootMs: lease(60_000) });
    const flow = a.host.run('ping', ['-q', '-i', '0.1', '-c', '60', '-W', '1', '10.44.0.2']);
    // The rule has taken an answer to a ping for established.
    await waitUntil('the flow runs', async () => (await establishedPackets(a)) > 0);
    await guard.removeNow(peer(b).addresses);
    const received = Number(/(\d+) received/.exec(new TextDecoder().decode((await flow).stdout))?.[1]);
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan(60);
    expect(await answers(a, b)).toBe(false);
  });

  it('lose no packet while the guard is renewed and the peer’s limit changed again and again', async () => {
    const guard = openWireGuard(a);
    let turns = 0;
    const lost = await lostDuring(a, b, async () => {
      turns += 1;
      // Each lease is shorter, so it applies at once. Every other one has a limit, far above these pings.
      const tier = turns % 2 === 0 ? {} : { limit: limit(1_000_000_000) };
      await guard.apply({ peers: [{ ...peer(b), ...tier }], endsAtBootMs: lease(600_000 - turns * 1_000) });
    });
    guard.stop();
    expect(turns).toBeGreaterThan(5);
    expect(lost).toBe(0);
  });

  it('lose no packet when one process after another takes over the guard', async () => {
    await openWireGuard(a).apply({ peers: [peer(b)], endsAtBootMs: lease(600_000) });
    let restarts = 0;
    const lost = await lostDuring(a, b, async () => {
      restarts += 1;
      const next = openWireGuard(a);
      await next.apply({ peers: [peer(b)], endsAtBootMs: lease(600_000) });
      next.stop();
    });
    expect(restarts).toBeGreaterThan(5);
    expect(lost).toBe(0);
  });

  it('get no packet from an address of no peer, even if WireGuard lets it through', async () => {
    const guard = openWireGuard(a);
    await guard.apply({ peers: [], endsAtBootMs: lease(60_000) });
    expect(await Promise.all([answers(a, b), answers(b, a)])).toEqual([false, false]);
    await guard.down();
    expect(await answers(b, a)).toBe(true);
  });
});

describe('a peer that forwards', () => {
  it.each([
    ['drop', false],
    ['allow', true],
  ] as const)('by %s: carries others %j', async (forwarding, carries) => {
    const [a, middle, c] = [
      await createSide(hosts, 1),
      await createSide(hosts, 2),
      await createSide(hosts, 3),
    ] as const;
    await joinHosts(a.host, middle.host);
    // A second veth pair, with its own network.
    await runOrThrow(middle.host.run, 'sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
    await joinSecond(middle.host, c.host);
    const [left, right] = [makePsk(), makePsk()];
    await connect(a, middle, left, [c]);
    await connect(middle, a, left);
    await connect(middle, c, right);
    await connect(c, { ...middle, host: { ...middle.host, underlay: '198.51.100.2' } }, right, [a]);
    const guard = openWireGuard(middle, forwarding);
    await guard.apply({ peers: [peer(a), peer(c)], endsAtBootMs: lease(110_000) });
    expect(await Promise.all([untilAnswers(a, middle), untilAnswers(c, middle)])).toEqual([true, true]);
    expect(await answers(a, c)).toBe(carries);
    // Even with forwarding allowed, packets of a peer that is cut off are not forwarded.
    await guard.removeNow(peer(c).addresses);
    expect(await answers(a, c)).toBe(false);
  });
});

async function joinSecond(middle: LabHost, other: LabHost): Promise<void> {
  await layCable([middle, 'cable2'], [other, 'cable']);
  await runOrThrow(middle.run, 'ip', ['address', 'add', '198.51.100.2/24', 'dev', 'cable2']);
  await runOrThrow(middle.run, 'ip', ['link', 'set', 'cable2', 'up']);
  await runOrThrow(other.run, 'ip', ['address', 'add', '198.51.100.3/24', 'dev', 'cable']);
  await runOrThrow(other.run, 'ip', ['link', 'set', 'cable', 'up']);
}
