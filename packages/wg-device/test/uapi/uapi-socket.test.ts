// A socket whose other end misbehaves: every invalid answer becomes an error with a known code.
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { everythingOf, findSecret } from '../../src/contract/find-secret.ts';
import { makePeer, makePrivateKey, makePsk } from '../../src/contract/samples.ts';
import { ensurePrivateDir } from '../../src/linux/private-dir.ts';
import { createUapiDevice } from '../../src/uapi/uapi-device.ts';
import { createUapiRequest } from '../../src/uapi/uapi-socket.ts';

describe('the userspace API socket', () => {
  let folder: string;
  let server: Server | undefined;
  const path = () => join(folder, 'mesh0.sock');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-socket-'));
  });
  afterEach(async () => {
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
    rmSync(folder, { recursive: true });
  });
  const serve = async (onRequest: (socket: Socket, request: string) => void) => {
    server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => onRequest(socket, chunk.toString()));
    });
    await new Promise((resolve) => server?.listen(path(), () => resolve(undefined)));
    return createUapiDevice(createUapiRequest(path(), 300));
  };

  it('reads an answer that arrives byte by byte', async () => {
    const device = await serve((socket) => {
      for (const byte of 'listen_port=7\nerrno=0\n\n') socket.write(byte);
    });
    expect(await device.read()).toEqual({ listenPort: 7, peers: [] });
  });

  it.each([
    ['ends before the empty line', 'listen_port=7\nerrno=0\n'],
    ['says nothing', ''],
  ])('that %s and closes is an unexpected answer', async (_, answer) => {
    const device = await serve((socket) => socket.end(answer));
    await expectCode(device.read(), 'unexpected_answer');
  });

  it('that says nothing and stays open is a timeout', async () => {
    const device = await serve(() => {});
    await expectCode(device.read(), 'timeout');
  });

  it.each([
    ['no errno', 'listen_port=7\n\n'],
    ['no form', 'hello\n\n'],
    ['a port of text', 'listen_port=x\nerrno=0\n\n'],
    ['control characters', 'listen_port=7\u0000\nerrno=0\n\n'],
  ])('with %s is an unexpected answer', async (_, answer) => {
    const device = await serve((socket) => socket.write(answer));
    await expectCode(device.read(), 'unexpected_answer');
    await expectCode(device.snapshot(), 'unexpected_answer');
  });

  it('that answers a set with errno is apply_failed with the number and without the keys that were sent', async () => {
    const privateKey = makePrivateKey();
    const { publicKey } = makePeer(1);
    const presharedKey = makePsk();
    let sent = '';
    const device = await serve((socket, request) => {
      sent += request;
      socket.write('errno=-22\n\n');
    });
    const error = await expectCode(
      device.apply({ privateKey, peers: [{ kind: 'update', publicKey, presharedKey }] }),
      'apply_failed',
    );
    expect(error.message).toContain('22');
    for (const secret of [privateKey, presharedKey]) {
      expect(findSecret(everythingOf(error), secret)).toEqual([]);
      // Control: the request had the keys, and the search finds them there.
      expect(findSecret(sent, secret)).not.toEqual([]);
    }
  });

  it('that does not exist is not_up', async () => {
    await expectCode(createUapiDevice(createUapiRequest(path())).read(), 'not_up');
  });

  it('gives preshared keys as bytes that are wiped with the snapshot', async () => {
    const { publicKey, presharedKey } = makePeer(1);
    const hex = (text: string) => Buffer.from(text, 'base64').toString('hex');
    const device = await serve((socket) =>
      socket.write(`public_key=${hex(publicKey)}\npreshared_key=${hex(presharedKey)}\nerrno=0\n\n`),
    );
    const snapshot = await device.snapshot();
    const secret = snapshot.presharedKeys.get(publicKey);
    let lent: Uint8Array | undefined;
    secret?.use((bytes) => {
      lent = bytes;
    });
    expect(Buffer.from(lent ?? []).toString('base64')).toBe(presharedKey);
    snapshot[Symbol.dispose]();
    expect(lent).toEqual(new Uint8Array(32));
    expect(() => secret?.copy()).toThrow();
  });
});

describe('the runtime folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-runtime-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made private, and accepted again', () => {
    ensurePrivateDir(join(folder, 'a', 'b'));
    ensurePrivateDir(join(folder, 'a', 'b'));
  });

  it.each([0o755, 0o770, 0o777, 0o701])('is refused with mode %o', (mode) => {
    chmodSync(folder, mode);
    expect(() => ensurePrivateDir(folder)).toThrow(expect.objectContaining({ code: 'permission_denied' }));
  });

  it('is refused when it is a link', () => {
    symlinkSync(folder, join(folder, 'link'));
    expect(() => ensurePrivateDir(join(folder, 'link'))).toThrow(
      expect.objectContaining({ code: 'permission_denied' }),
    );
  });
});
