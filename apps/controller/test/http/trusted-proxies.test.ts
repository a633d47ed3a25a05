// Whose address a caller counts under: its own, unless a trusted proxy says otherwise. Anybody else who says
// so is not believed.

import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { FakeClock } from '@mesh/host/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SourceAddresses } from '../../src/http/gate/source-addresses.ts';
import { TrustedProxies } from '../../src/http/gate/trusted-proxies.ts';
import { controllerConfig } from '../../src/settings/config.ts';
import { startTestController, type TestController, until } from '../support/index.ts';
import { runningMesh } from '../support/running-mesh.ts';

const limits = { node_per_minute: 1_000, address_per_minute: 3, connections_per_second: 1_000 };
const header = (source: string) => `PROXY TCP4 ${source} 127.0.0.1 40000 8444\r\n`;
const trusting = (address: string) => ({
  config: { limits, trusted_proxies: [{ address, tells: 'proxy_protocol' as const }] },
});

/** A TLS connection over a TCP connection on which `first` was sent ahead. */
async function connectWith(
  controller: TestController,
  first: string,
  from = '127.0.0.1',
): Promise<TLSSocket | undefined> {
  const tcp = connectPlain({ host: '127.0.0.1', port: controller.running.publicPort, localAddress: from });
  tcp.on('error', () => undefined);
  await once(tcp, 'connect');
  tcp.write(first);
  const tls = connect({ socket: tcp, servername: 'localhost', ca: controller.caPem });
  tls.on('error', () => undefined);
  const outcome = await Promise.race([
    once(tls, 'secureConnect').then(
      () => 'secure' as const,
      () => 'closed' as const,
    ),
    once(tcp, 'close').then(() => 'closed' as const),
  ]);
  return outcome === 'secure' ? tls : undefined;
}

/** Asks for the CA, or something else. @returns the status */
async function ask(tls: TLSSocket, extra = '', path = '/v1/ca'): Promise<number> {
  tls.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n${extra}\r\n`);
  const [bytes] = (await once(tls, 'data')) as [Buffer];
  return Number(/HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1'))?.[1]);
}

describe('a trusted proxy', () => {
  it('connects for others, who are counted each by their own address', async () => {
    await using controller = await startTestController(trusting('127.0.0.1'));
    const statuses = async (source: string) => {
      const answers: number[] = [];
      for (let asked = 0; asked < 4; asked++) {
        const tls = await connectWith(controller, header(source));
        if (tls !== undefined) answers.push(await ask(tls));
        tls?.destroy();
      }
      return answers;
    };
    expect(await statuses('192.0.2.1')).toEqual([200, 200, 200, 429]);
    expect(await statuses('192.0.2.2')).toEqual([200, 200, 200, 429]);
    expect(await statuses('192.0.2.1')).toEqual([429, 429, 429, 429]);
  });

  it('passes on the address of those who guess at keys of the administration', async () => {
    await using controller = await startTestController(trusting('127.0.0.1'));
    const guess = async (source: string) => {
      const tls = await connectWith(controller, header(source));
      const status = tls === undefined ? undefined : await ask(tls, '', '/v1/admin/nodes');
      tls?.destroy();
      return status;
    };
    for (const source of ['192.0.2.1', '192.0.2.2'])
      for (const status of [401, 401, 401, 429]) expect(await guess(source)).toBe(status);
    const refused = controller.logLines.filter((line) => line.includes('its caller is not known'));
    expect(refused.map((line) => JSON.parse(line).remote_address)).toEqual([
      ...Array(3).fill('192.0.2.1'),
      ...Array(3).fill('192.0.2.2'),
    ]);
  });

  it('passes on the address at which a node is seen', async () => {
    await using mesh = await runningMesh(['node-a'], {
      trusted_proxies: [{ address: '127.0.0.2', tells: 'proxy_protocol' }],
    });
    const { enrolment, keys } = mesh.node('node-a');
    const report = JSON.stringify(mesh.node('node-a').endpoint([]));
    const tcp = connectPlain({
      host: '127.0.0.1',
      port: mesh.controller.running.nodesPort,
      localAddress: '127.0.0.2',
    });
    await once(tcp, 'connect');
    tcp.write(header('192.0.2.7'));
    const tls = connect({
      socket: tcp,
      servername: 'localhost',
      ca: enrolment.ca_pem,
      cert: enrolment.certificate_pem,
      key: keys.keyPem,
    });
    tls.write(
      `POST /v1/endpoints/node-a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${report.length}\r\n\r\n${report}`,
    );
    await once(tls, 'data');
    tls.destroy();
    expect(mesh.controller.running.services.view.node('node-a')?.observedAddress).toBe('192.0.2.7');
  });

  it.each([
    ['in one piece with the first bytes of TLS', (bytes: string) => [bytes]],
    ['byte by byte', (bytes: string) => [...bytes]],
  ])('may send its header %s', async (_what, pieces) => {
    await using controller = await startTestController(trusting('127.0.0.1'));
    const tcp = connectPlain({ host: '127.0.0.1', port: controller.running.publicPort, noDelay: true });
    await once(tcp, 'connect');
    const all = pieces(header('192.0.2.1'));
    if (all.length > 1) for (const piece of all) await new Promise((resolve) => tcp.write(piece, resolve));
    else {
      tcp.cork();
      tcp.write(all[0] ?? '');
    }
    const tls = connect({ socket: tcp, servername: 'localhost', ca: controller.caPem });
    setImmediate(() => tcp.uncork());
    await once(tls, 'secureConnect');
    expect(await ask(tls)).toBe(200);
    tls.destroy();
  });

  it('that says nothing, or no header, is ended', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    await using controller = await startTestController({ ...trusting('127.0.0.1'), clock });
    const open = async (): Promise<{ socket: Socket; closed: Promise<unknown> }> => {
      const socket = connectPlain(controller.running.publicPort, '127.0.0.1');
      socket.on('error', () => undefined);
      const closed = once(socket, 'close');
      await once(socket, 'connect');
      return { socket, closed };
    };
    const { flood } = controller.running.services;
    const wrong = await open();
    wrong.socket.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0]));
    await wrong.closed;
    const silent = await open();
    silent.socket.write('PROXY TCP4 ');
    await until('the header to be waited for', async () => {
      await clock.advance(5_000);
      return silent.socket.destroyed;
    });
    expect(flood.totals.proxy_header).toBe(2);
  });
});

describe('two connections from one port of a proxy, to two doors,', () => {
  it('are told apart', async () => {
    const accepted = async (localPort = 0): Promise<Socket> => {
      const server = createServer().listen(0, '127.0.0.1');
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const arrived = once(server, 'connection');
      const client = connectPlain({ host: '127.0.0.1', port, localAddress: '127.0.0.1', localPort });
      onTestFinished(() => void client.destroy());
      return ((await arrived) as [Socket])[0];
    };
    const toNodes = await accepted();
    const toPublic = await accepted(toNodes.remotePort);
    const sources = new SourceAddresses(new TrustedProxies([]));
    sources.name(toNodes, '192.0.2.1');
    sources.name(toPublic, '192.0.2.2');
    expect([sources.of(toNodes), sources.of(toPublic)]).toEqual(['192.0.2.1', '192.0.2.2']);
    toNodes.destroy();
    await once(toNodes, 'close');
    expect(sources.of(toPublic)).toBe('192.0.2.2');
  });
});

describe('anybody else', () => {
  it('is not believed: a header of theirs ends the handshake, and they count under their own address', async () => {
    await using controller = await startTestController(trusting('192.0.2.200'));
    expect(await connectWith(controller, header('192.0.2.1'))).toBeUndefined();
    const tls = await connectWith(controller, '');
    if (tls === undefined) throw new Error('a caller without a header is to be served');
    const spoofed: number[] = [];
    for (let asked = 1; asked <= 4; asked++)
      spoofed.push(await ask(tls, `x-forwarded-for: 192.0.2.${asked}\r\n`));
    expect(spoofed).toEqual([200, 200, 200, 429]);
  });

  it('would be somebody else where everybody is trusted', async () => {
    await using controller = await startTestController(trusting('0.0.0.0/0'));
    const answers: number[] = [];
    for (let asked = 1; asked <= 4; asked++) {
      const tls = await connectWith(controller, header(`192.0.2.${asked}`));
      if (tls !== undefined) answers.push(await ask(tls));
      tls?.destroy();
    }
    expect(answers).toEqual([200, 200, 200, 200]);
  });
});

describe('the header X-Forwarded-For', () => {
  const sources = new SourceAddresses(
    new TrustedProxies([
      { address: '192.0.2.10', tells: 'x_forwarded_for' },
      { address: '2001:db8::/64', tells: 'x_forwarded_for' },
      { address: '192.0.2.11', tells: 'proxy_protocol' },
    ]),
  );
  const from = (remoteAddress: string, forwarded?: string) =>
    sources.ofRequest({
      socket: { remoteAddress, remotePort: 1 } as Socket,
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    });

  it.each([
    ['192.0.2.10', '198.51.100.1', '198.51.100.1'],
    ['::ffff:192.0.2.10', '198.51.100.1', '198.51.100.1'],
    ['2001:db8::5', '2001:DB8:1::1', '2001:db8:1::1'],
    // Only the last address is the proxy's own word.
    ['192.0.2.10', '203.0.113.9, 198.51.100.1', '198.51.100.1'],
    ['192.0.2.10', 'unknown', '192.0.2.10'],
    ['192.0.2.10', 'fe80::1%eth0', '192.0.2.10'],
    ['192.0.2.10', '', '192.0.2.10'],
    ['192.0.2.10', undefined, '192.0.2.10'],
    ['192.0.2.11', '198.51.100.1', '192.0.2.11'],
    ['2001:db8:0:1::5', '198.51.100.1', '2001:db8:0:1::5'],
  ])('from %s with %s: the source is %s', (remoteAddress, forwarded, source) => {
    expect(from(remoteAddress, forwarded)).toBe(source);
  });
});

describe('the setting', () => {
  it.each(['192.0.2.1', '192.0.2.0/24', '2001:db8::1', '2001:db8::/32', '::/0'])('takes %s', (address) => {
    const trusted_proxies = [{ address, tells: 'proxy_protocol' }];
    expect(controllerConfig.parse({ trusted_proxies }).trusted_proxies).toEqual(trusted_proxies);
  });
  it.each(['', 'proxy', '192.0.2', '192.0.2.0/33', '192.0.2.0/', '::/129', '192.0.2.1:80', '[::1]', ' ::1'])(
    'refuses %j',
    (address) => {
      const given = { trusted_proxies: [{ address, tells: 'proxy_protocol' }] };
      expect(controllerConfig.safeParse(given).success).toBe(false);
    },
  );
});
