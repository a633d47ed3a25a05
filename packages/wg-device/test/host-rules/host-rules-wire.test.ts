// The effect of the host rules on packets: a victim with a tunnel, an intruder on the same cable, and the
// real kernel.

import { variants } from '@mesh/host/test-kit';
import {
  IP_FAMILIES,
  type IpFamily,
  parseAllowedIp,
  parseCidr,
  parseEndpoint,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivateKey, makePsk, makeUp } from '../../src/contract/samples.ts';
import type { Forwarding } from '../../src/guard/guard-table.ts';
import type { HostRules } from '../../src/host-rules/host-rules.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import { openUapiTunnel } from '../support/adapters.ts';
import { NAME } from '../support/fixtures.ts';
import { nft } from '../support/guard-lab.ts';
import { openHostRules } from '../support/host-rules-lab.ts';
import { createLabHost, joinHosts, type LabHost, layCable } from '../support/lab-host.ts';

const UNDERLAY = { 4: ['192.0.2.1', '192.0.2.2'], 6: ['2001:db8::1', '2001:db8::2'] } as const;
const VICTIM = { 4: '10.44.0.1', 6: 'fd44::1' } as const;
const PEER = { 4: '10.44.0.2', 6: 'fd44::2' } as const;
const ALLOWED = { 4: '10.44.0.3', 6: 'fd44::3' } as const;

let victim: LabHost;
let intruder: LabHost;
const ip = (host: LabHost, ...args: readonly string[]) => runOrThrow(host.run, 'ip', args);

beforeEach(async () => {
  victim = await createLabHost(UNDERLAY[4][0]);
  intruder = await createLabHost(UNDERLAY[4][1]);
  await joinHosts(victim, intruder);
  for (const [at, host] of [victim, intruder].entries())
    await ip(host, 'address', 'add', `${UNDERLAY[6][at]}/64`, 'dev', 'cable', 'nodad');
  // Counts packets behind all of our rules: those that a service on the victim would get.
  await nft(
    victim,
    `add table inet seen; add chain inet seen input { type filter hook input priority 10; }; ` +
      IP_FAMILIES.map(
        (family) =>
          `add counter inet seen from${family}; add rule inet seen input ${family === 4 ? 'ip' : 'ip6'} saddr ${ALLOWED[family]} counter name from${family}`,
      ).join('; '),
  );
});
afterEach(async () => {
  await victim.close();
  await intruder.close();
});

async function up(host: LabHost, own: typeof VICTIM | typeof PEER, privateKey = makePrivateKey()) {
  await openUapiTunnel(host).up(
    makeUp({ privateKey, addresses: IP_FAMILIES.map((family) => parseAllowedIp(own[family])) }),
  );
  return privateKey;
}

async function tie(forwarding: Forwarding = 'drop'): Promise<HostRules> {
  const rules = openHostRules(victim, { forwarding, name: NAME });
  await rules.tie(IP_FAMILIES.map((family) => parseAllowedIp(VICTIM[family])));
  return rules;
}

async function answers(host: LabHost, address: string, ...args: readonly string[]): Promise<boolean> {
  const { exitCode } = await host.run('ping', ['-q', '-i', '0.1', '-c', '3', '-W', '0.5', ...args, address]);
  return exitCode === 0;
}

/** Asks until an answer comes through the tunnel. The first handshake may take a while. */
async function untilAnswers(host: LabHost, address: string): Promise<boolean> {
  const endMs = Date.now() + 10_000;
  while (!(await answers(host, address, '-c', '1'))) if (Date.now() > endMs) return false;
  return true;
}

/** The intruder routes the victim's overlay address to the victim's underlay. */
async function reachesAround(family: IpFamily): Promise<boolean> {
  await ip(intruder, 'route', 'replace', VICTIM[family], 'via', UNDERLAY[family][0], 'dev', 'cable');
  return answers(intruder, VICTIM[family]);
}

/** The intruder speaks from an overlay address that is not its own, over the cable. */
async function isTakenForAnother(family: IpFamily): Promise<boolean> {
  await ip(intruder, 'address', 'replace', ALLOWED[family], 'dev', 'lo', ...(family === 6 ? ['nodad'] : []));
  // IPv6 looks for its neighbour with the source address of the packet, so the neighbour must be known
  // before.
  await answers(intruder, UNDERLAY[family][0]);
  await nft(victim, 'reset', 'counter', 'inet', 'seen', `from${family}`);
  await answers(intruder, UNDERLAY[family][0], '-I', ALLOWED[family]);
  const text = await nft(victim, 'list', 'counter', 'inet', 'seen', `from${family}`);
  return Number(/packets (\d+)/.exec(text)?.[1]) > 0;
}

async function setReversePathFilter(value: number): Promise<void> {
  for (const name of ['all', 'default', 'cable', NAME])
    await runOrThrow(victim.run, 'sysctl', ['-qw', `net.ipv4.conf.${name}.rp_filter=${value}`]);
}

// The strict filter keeps some packets out by itself; the loose one is as good as none here.
describe.each(variants([0], [1, 2]))('a victim whose rp_filter is %i', (filter) => {
  it.each(IP_FAMILIES)(
    'is reached around the mesh by IPv%i without the host rules, and not with them',
    async (family) => {
      await up(victim, VICTIM);
      await setReversePathFilter(filter);
      expect(await reachesAround(family)).toBe(true);
      await tie();
      expect(await reachesAround(family)).toBe(false);
      // Its own services and its underlay still work.
      expect(await answers(victim, VICTIM[family])).toBe(true);
      expect(await answers(intruder, UNDERLAY[family][0])).toBe(true);
    },
  );

  it.each(IP_FAMILIES)('takes no packet over the cable from an overlay address of IPv%i', async (family) => {
    await up(victim, VICTIM);
    await setReversePathFilter(filter);
    // The strict filter of IPv4 drops the packet itself, because the way back to that address is the tunnel.
    // IPv6 has no such filter.
    expect(await isTakenForAnother(family)).toBe(!(filter === 1 && family === 4));
    await tie();
    expect(await isTakenForAnother(family)).toBe(false);
  });
});

describe('a port that is published on the overlay address', () => {
  it('cannot be reached around the mesh either: the rules come before its translation', async () => {
    await up(victim, VICTIM);
    await nft(
      victim,
      `add table ip published; add chain ip published in { type nat hook prerouting priority dstnat; }; add rule ip published in ip daddr ${VICTIM[4]} dnat to ${UNDERLAY[4][0]}`,
    );
    expect(await reachesAround(4)).toBe(true);
    await tie();
    expect(await reachesAround(4)).toBe(false);
  });
});

describe('a peer behind the tunnel', () => {
  async function connect() {
    const [here, there] = [await up(victim, VICTIM), await up(intruder, PEER)];
    const psk = makePsk();
    const peer = (privateKey: typeof here, underlay: string, ranges: readonly string[]) => ({
      publicKey: wgPublicKeyFromPrivate(privateKey),
      presharedKey: psk,
      endpoint: parseEndpoint(`${underlay}:51820`),
      allowedIps: ranges.map(parseCidr),
      persistentKeepaliveSeconds: 25,
    });
    await openUapiTunnel(victim).addPeers([peer(there, UNDERLAY[4][1], ['10.44.0.2/32', 'fd44::2/128'])]);
    await openUapiTunnel(intruder).addPeers([
      peer(here, UNDERLAY[4][0], ['10.44.0.1/32', 'fd44::1/128', '198.51.100.0/24', '2001:db8:1::/64']),
    ]);
    expect(await untilAnswers(intruder, VICTIM[4])).toBe(true);
  }

  it.each(IP_FAMILIES)(
    'reaches by IPv%i the overlay address alone, and no other address of the host',
    async (family) => {
      await connect();
      const inner = family === 4 ? '198.51.100.1' : '2001:db8:1::1';
      await ip(victim, 'address', 'add', inner, 'dev', 'lo');
      await ip(intruder, 'route', 'replace', inner, 'dev', NAME);
      const from = ['-I', PEER[family]];
      expect(await answers(intruder, inner, ...from)).toBe(true);
      await tie();
      expect(await answers(intruder, inner, ...from)).toBe(false);
      expect(await answers(intruder, VICTIM[family], ...from)).toBe(true);
    },
  );

  it.each(['drop', 'allow'] as const)(
    'reaches what is behind the host only if forwarding allows it: %s',
    async (forwarding) => {
      await connect();
      const behind = await createLabHost('203.0.113.9');
      try {
        await layCable([victim, 'inner'], [behind, 'inner']);
        await ip(victim, 'address', 'add', '198.51.100.1/24', 'dev', 'inner');
        await ip(behind, 'address', 'add', '198.51.100.9/24', 'dev', 'inner');
        for (const host of [victim, behind]) await ip(host, 'link', 'set', 'inner', 'up');
        await ip(behind, 'route', 'add', 'default', 'via', '198.51.100.1');
        await runOrThrow(victim.run, 'sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
        await ip(intruder, 'route', 'replace', '198.51.100.9', 'dev', NAME);
        expect(await answers(intruder, '198.51.100.9', '-I', PEER[4])).toBe(true);
        await tie(forwarding);
        expect(await answers(intruder, '198.51.100.9', '-I', PEER[4])).toBe(forwarding === 'allow');
      } finally {
        await behind.close();
      }
    },
  );

  it('gets nothing over the cable either once the tunnel is gone: the rules do not expire', async () => {
    await connect();
    const rules = await tie();
    await openUapiTunnel(victim).removePeers([
      ...(await openUapiTunnel(victim).read()).peers.map(({ publicKey }) => publicKey),
    ]);
    await openUapiTunnel(intruder).down();
    expect(await reachesAround(4)).toBe(false);
    await rules.down();
    expect(await reachesAround(4)).toBe(true);
  });
});
