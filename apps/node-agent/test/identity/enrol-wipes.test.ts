// Enrolment proves possession of the WireGuard keys with two shared secrets. Neither they nor the encoded
// private keys stay in memory.

import { join } from 'node:path';
import { parseNodeId } from '@mesh/primitives';
import type { FetchLike } from '@mesh/protocol';
import { afterAll, expect, it, vi } from 'vitest';
import { type EnrolPorts, enrol } from '../../src/identity/enrol.ts';
import { loadOrCreateKeys } from '../../src/identity/key-files.ts';
import { enrolPorts, random32, startController, temporaryDirectory } from '../support/agent-fixtures.ts';

/**
 * The private keys that node:crypto got and the shared secrets that it returned: the memory, and its content
 * at that time.
 */
const secrets = vi.hoisted(() => [] as { readonly memory: Uint8Array; readonly held: string }[]);

vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock('node:crypto', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:crypto')>();
  const remember = (memory: Uint8Array) => {
    secrets.push({ memory, held: Buffer.from(memory).toString('hex') });
  };
  return {
    ...real,
    createPrivateKey: (options: Parameters<typeof real.createPrivateKey>[0]) => {
      if (typeof options === 'object' && 'key' in options && options.key instanceof Uint8Array)
        remember(options.key);
      return real.createPrivateKey(options);
    },
    diffieHellman: (options: Parameters<typeof real.diffieHellman>[0]) => {
      const shared = real.diffieHellman(options);
      remember(shared);
      return shared;
    },
  };
});

it('leaves no private key and no shared secret in memory that it no longer uses', async () => {
  const controller = await startController();
  const keys = loadOrCreateKeys(join(temporaryDirectory(), 'keys'), random32);
  secrets.length = 0;
  // The fake controller is also in this process, and makes its own secrets when it gets a request.
  let made: typeof secrets = [];
  const connect: EnrolPorts['connect'] = (caPem) => {
    const connection = enrolPorts.connect(caPem);
    const fetch: FetchLike = (url, init) => {
      if (init.method === 'POST') made = [...secrets];
      return connection.fetch(url, init);
    };
    return { ...connection, fetch };
  };
  await enrol(
    {
      controllerUrl: controller.publicUrl,
      tokenText: controller.joinToken(),
      nodeId: parseNodeId('self'),
      keys,
      endpoint: { listen_ports: { a: 51_820, b: 51_821 }, advertise: ['192.0.2.1'] },
    },
    { ...enrolPorts, connect },
  );
  const { a, b } = keys.wireguard;
  for (const { privateKey } of [a, b]) {
    const text = privateKey.use((bytes) => Buffer.from(bytes).toString('hex'));
    expect(made.some(({ held }) => held.endsWith(text))).toBe(true);
  }
  expect(made.filter(({ memory }) => memory.length === 32)).toHaveLength(2);
  for (const { memory } of made) expect(memory.every((byte) => byte === 0)).toBe(true);
});
