// What a stranger can do to the controller through the public listener: no more than its address may ask.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { FakeClock } from '@mesh/host/test-kit';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { startTestController, type TestController, until } from '../support/index.ts';

const PER_MINUTE = 3;
/** How many bytes libuv reads at once. */
const READ_AT_ONCE = 65_536;
const HEALTH = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n';

let controller: TestController;
afterEach(() => controller[Symbol.asyncDispose]());

/** A stranger's connection: what it has received, and whether it has ended. */
async function knock() {
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port: controller.running.publicPort,
    ca: controller.caPem,
  });
  const heard = { text: '', isClosed: false };
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    heard.text += bytes.toString('latin1');
  });
  socket.on('close', () => {
    heard.isClosed = true;
  });
  await once(socket, 'secureConnect');
  return {
    socket,
    statuses: () => [...heard.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1])),
    closed: () => until('the connection to end', () => heard.isClosed),
  };
}

describe('a stranger', () => {
  it('gets one answer at a time over a connection, which ends if the stranger pipelines', async () => {
    controller = await startTestController({});
    const patient = await knock();
    for (const asked of [1, 2]) {
      patient.socket.write(HEALTH);
      await until('an answer', () => patient.statuses().length === asked);
    }
    expect(patient.statuses()).toEqual([200, 200]);
    patient.socket.destroy();
    const sockets: Socket[] = [];
    const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
    subscribe('http.server.request.start', note);
    onTestFinished(() => void unsubscribe('http.server.request.start', note));
    const hasty = await knock();
    hasty.socket.write(HEALTH.repeat(400_000));
    await hasty.closed();
    expect(hasty.statuses()).toEqual([]);
    expect(sockets[0]?.bytesRead).toBeLessThanOrEqual(READ_AT_ONCE);
  });

  it('that pipelines is refused for a second', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    controller = await startTestController({ clock });
    const hasty = await knock();
    hasty.socket.write(HEALTH.repeat(2));
    await hasty.closed();
    await (await knock()).closed();
    await clock.advance(1_000);
    const later = await knock();
    later.socket.write(HEALTH);
    await until('an answer', () => later.statuses().length === 1);
    expect(later.statuses()).toEqual([200]);
    later.socket.destroy();
  });

  it.each([
    ['without a length', 'transfer-encoding: chunked', 411],
    ['of more than 65,536 bytes', 'content-length: 65537', 413],
  ])('is refused with a body %s, and its connection ends', async (_what, header, status) => {
    controller = await startTestController({});
    const vague = await knock();
    vague.socket.write(`POST /v1/enrolments HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`);
    await vague.closed();
    expect(vague.statuses()).toEqual([status]);
  });

  it('that asks too often is refused and has its connection ended', async () => {
    const limits = { node_per_minute: 1_000, address_per_minute: PER_MINUTE };
    controller = await startTestController({ config: { limits } });
    const asking = await knock();
    for (let asked = 1; asked <= PER_MINUTE; asked++) {
      asking.socket.write(HEALTH);
      await until('an answer', () => asking.statuses().length === asked);
    }
    asking.socket.write(HEALTH);
    await asking.closed();
    expect(asking.statuses()).toEqual([200, 200, 200, 429]);
  });
});
