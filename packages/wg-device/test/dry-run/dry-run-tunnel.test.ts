// The output of a dry run: every change once, and no secret.
import { expect, it } from 'vitest';
import { findSecret } from '../../src/contract/find-secret.ts';
import { makePeer, makePsk, makeUp } from '../../src/contract/samples.ts';
import { createDryRunTunnel } from '../../src/dry-run/dry-run-tunnel.ts';
import { NAME } from '../support/fixtures.ts';

it('a dry run prints each change as one line with short public keys, and prints nothing without a change', async () => {
  const lines: string[] = [];
  const tunnel = createDryRunTunnel({ interfaceName: NAME, writeLine: (line) => lines.push(line) });
  const wanted = makeUp();
  const peer = makePeer(1);
  const presharedKey = makePsk();
  await tunnel.up(wanted);
  await tunnel.up(wanted);
  await tunnel.addPeers([peer]);
  await tunnel.setPresharedKeys([{ publicKey: peer.publicKey, presharedKey }]);
  await tunnel.removePeers([peer.publicKey]);
  await tunnel.removePeers([peer.publicKey]);
  await tunnel.down();
  await tunnel.down();
  const key = `${peer.publicKey.slice(0, 8)}…`;
  expect(lines.map((line) => line.replace(/key of \S+$/, 'key of KEY'))).toEqual(
    [
      'create the interface',
      'private key of KEY',
      'listen on UDP port 51820',
      'mtu 1420',
      'address 10.44.0.250/32',
      'address fd44::250/128',
      'route 10.44.0.0/16',
      'route fd44::/64',
      `add peer ${key}: new preshared key, endpoint 198.51.100.1:51820, allowed IPs 10.44.0.1/32 fd44::1/128, keepalive 25 s`,
      `update peer ${key}: new preshared key`,
      `remove peer ${key}`,
      'remove the interface',
    ].map((line) => `[dry run] ${NAME}: ${line}`),
  );
  const printed = lines.join('\n');
  const secrets = [wanted.privateKey, peer.presharedKey, presharedKey];
  expect(secrets.flatMap((secret) => findSecret(printed, secret))).toEqual([]);
});
