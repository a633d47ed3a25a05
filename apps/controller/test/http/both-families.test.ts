// Listeners accept IPv4 and IPv6 by default, and a caller over IPv4 counts by its IPv4 address.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networkOf, plainAddress } from '@mesh/host';
import { describe, expect, it } from 'vitest';
import { listenOn } from '../../src/http/listeners/listen-on.ts';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';
import { enrolTestNode, startTestController } from '../support/index.ts';

/** The status that the public listener answers with. */
const ask = (host: string, port: number, localAddress?: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const options = { host, port, localAddress, path: '/healthz', rejectUnauthorized: false, agent: false };
    request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });

const BOTH = { nodes: { port: 0 }, public: { port: 0 } };

describe('a listener without a host', () => {
  it('takes both families, and counts and records IPv4 peers by their IPv4 address', async () => {
    const limits = { node_per_minute: 1000, address_per_minute: 4, connections_per_address: 1000 };
    await using controller = await startTestController({ config: { ...BOTH, limits } });
    const { publicPort } = controller.running;
    await enrolTestNode(controller, 'node-a');
    expect(controller.running.services.view.node('node-a')?.observedAddress).toBe('127.0.0.1');
    for (let asked = 0; asked < 4; asked++) await ask('127.0.0.1', publicPort);
    expect(await ask('127.0.0.1', publicPort)).toBe(429);
    // Another IPv4 address is another caller, and so is an IPv6 address.
    expect(await ask('127.0.0.1', publicPort, '127.0.0.2')).not.toBe(429);
    expect(await ask('::1', publicPort)).not.toBe(429);
  });

  it('works on a host where IPv6 is switched off', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mesh-families-'));
    try {
      const config = writeConfig(directory, BOTH);
      expect(runController(['init', '-c', config]).code).toBe(0);
      const script =
        'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && ip link set lo up && exec "$0" "$@"';
      const running = await serveController(config, ['unshare', '-n', 'sh', '-c', script]);
      const inside = (host: string) => {
        const code = `require('node:tls').connect({host:'${host}',port:${running.publicPort},rejectUnauthorized:false})
          .on('secureConnect',()=>process.exit(0)).on('error',()=>process.exit(3))`;
        return spawnSync('nsenter', ['-t', `${running.pid}`, '-n', process.execPath, '-e', code]).status;
      };
      expect([inside('127.0.0.1'), inside('::1')]).toEqual([0, 3]);
      await running.kill();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('listening on', () => {
  const listen = (refused: string | undefined, code: string) => {
    const tried: string[] = [];
    const server = createServer();
    const open = (host: string) =>
      new Promise<void>((resolve, reject) => {
        tried.push(host);
        if (host === refused) reject(Object.assign(new Error(code), { code }));
        else server.once('error', reject).listen({ port: 0, host, ipv6Only: false }, resolve);
      });
    return { tried, open, [Symbol.dispose]: () => void server.close() };
  };

  it.each(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])(':: falls back to IPv4 after %s', async (code) => {
    using lab = listen('::', code);
    await listenOn('::', lab.open);
    expect(lab.tried).toEqual(['::', '0.0.0.0']);
  });

  it.each([
    ['::', 'EADDRINUSE'],
    ['::', 'EACCES'],
    ['::1', 'EADDRNOTAVAIL'],
    ['10.0.0.1', 'EADDRNOTAVAIL'],
  ])('%s is refused for good with %s', async (host, code) => {
    using lab = listen(host, code);
    await expect(listenOn(host, lab.open)).rejects.toThrow(code);
    expect(lab.tried).toEqual([host]);
  });

  it('uses :: alone if that works', async () => {
    using lab = listen(undefined, '');
    await listenOn('::', lab.open);
    expect(lab.tried).toEqual(['::']);
  });
});

describe('an address', () => {
  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['unknown', 'unknown'],
  ])('%s is %s', (given, plain) => {
    expect(plainAddress(given)).toBe(plain);
    if (plain.includes('.')) expect(networkOf(given)).toBe(plain);
  });
});
