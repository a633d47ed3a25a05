// Hosts that are joined by real tunnels, each of which can be guarded, in real time.

import { systemClock, systemTimers } from '@mesh/host';
import { parseCidr, parseEndpoint, wgPublicKeyFromPrivate } from '@mesh/wg';
import { makePrivateKey, type makePsk, makeUp } from '../../src/contract/samples.ts';
import type { Forwarding } from '../../src/guard/guard-table.ts';
import type { GuardedPeer } from '../../src/guard/lease-guard.ts';
import { NftGuard } from '../../src/guard/nft-guard.ts';
import { createRunNft } from '../../src/nft/run-nft.ts';
import { openUapiTunnel } from './adapters.ts';
import { NAME } from './fixtures.ts';
import { createLabHost, type LabHost } from './lab-host.ts';

export interface Side {
  readonly host: LabHost;
  readonly n: number;
  readonly privateKey: ReturnType<typeof makePrivateKey>;
}

/** @param hosts gets the host, which the caller closes */
export async function createSide(hosts: LabHost[], n: number, underlay = `192.0.2.${n}`): Promise<Side> {
  const host = await createLabHost(underlay);
  hosts.push(host);
  const side = { host, n, privateKey: makePrivateKey() };
  await openUapiTunnel(host).up(
    makeUp({
      privateKey: side.privateKey,
      addresses: [parseCidr(`10.44.0.${n}/32`), parseCidr(`fd44::${n}/128`)],
    }),
  );
  return side;
}

/** @param behind `other` also carries the overlay addresses of these hosts */
export async function connect(
  side: Side,
  other: Side,
  presharedKey: ReturnType<typeof makePsk>,
  behind: readonly Side[] = [],
) {
  await openUapiTunnel(side.host).addPeers([
    {
      publicKey: wgPublicKeyFromPrivate(other.privateKey),
      presharedKey,
      endpoint: parseEndpoint(`${other.host.underlay}:51820`),
      allowedIps: [other, ...behind].flatMap(({ n }) => [
        parseCidr(`10.44.0.${n}/32`),
        parseCidr(`fd44::${n}/128`),
      ]),
      persistentKeepaliveSeconds: 25,
    },
  ]);
}

export function openWireGuard({ host }: Side, forwarding: Forwarding = 'drop'): NftGuard {
  return new NftGuard({
    table: { interfaceName: NAME, forwarding },
    nft: createRunNft({ run: host.run, runtimeDir: host.runtimeDir, interfaceName: NAME }),
    clock: systemClock,
    timers: systemTimers,
    verifyMs: 60_000,
    note: () => undefined,
  });
}

export const peer = ({ n }: Side): GuardedPeer => ({
  addresses: [parseCidr(`10.44.0.${n}/32`), parseCidr(`fd44::${n}/128`)],
});
export const lease = (ms: number) => systemClock.bootMs() + ms;

export async function answers(from: Side, to: Side, family: 4 | 6 = 4, tries = 2): Promise<boolean> {
  const address = family === 4 ? `10.44.0.${to.n}` : `fd44::${to.n}`;
  const result = await from.host.run('ping', ['-q', '-i', '0.2', '-c', String(tries), '-W', '1', address]);
  return result.exitCode === 0;
}

/**
 * Asks until the tunnel carries an answer. The first handshake may take a while: one that fails on a busy
 * machine is tried again after 5 s.
 */
export async function untilAnswers(from: Side, to: Side): Promise<boolean> {
  const endMs = Date.now() + 45_000;
  while (!(await answers(from, to, 4, 1))) if (Date.now() > endMs) return false;
  return true;
}
