// The worker that holds the epoch secrets: keys are equal at both ends, secrets are gone when closed, and its
// death is fatal.

import { createHash } from 'node:crypto';
import { FakeClock } from '@mesh/host/test-kit';
import { parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import { countEncapsulations, countingWorker } from '../support/count-encapsulations.ts';
import { NodeKem } from '../support/index.ts';

const meshId = parseMeshId('testmesh');
const end = (name: string) => ({
  nodeId: parseNodeId(name),
  publicKey: createHash('sha256').update(name).digest('base64'),
});
let deriver: PskDeriver;
let deaths: Error[];
let encapsulated: () => number;
beforeEach(() => {
  deaths = [];
  encapsulated = countEncapsulations();
  deriver = new PskDeriver((error) => deaths.push(error), countingWorker);
});
afterEach(() => deriver.close());

describe('the PSK worker', () => {
  it('gives both ends of a pair the same key, and each pair and each epoch a different key', async () => {
    const keys = new Set<string>();
    for (const epoch of [1, 2]) {
      const epochId = parseEpochId(epoch);
      expect(await deriver.open(meshId, epochId)).toMatch(/^sha256:[0-9a-f]{64}$/);
      const flat = await deriver.derive(epochId, end('a'), [end('b'), end('c')]);
      const ab = Buffer.from(flat.subarray(0, 32)).toString('hex');
      const ba = Buffer.from(await deriver.derive(epochId, end('b'), [end('a')])).toString('hex');
      expect(ab).toBe(ba);
      keys.add(ab).add(Buffer.from(flat.subarray(32)).toString('hex'));
    }
    expect(keys.size).toBe(4);
  });

  it('keeps nothing of epochs that were closed', async () => {
    for (const epoch of [1, 2, 3]) await deriver.open(meshId, parseEpochId(epoch));
    await deriver.closeBefore(parseEpochId(3));
    for (const epoch of [1, 2]) {
      await expect(deriver.derive(parseEpochId(epoch), end('a'), [end('b')])).rejects.toThrow('is not held');
    }
    expect(await deriver.derive(parseEpochId(3), end('a'), [end('b')])).toHaveLength(32);
  });

  it('draws a new secret when an epoch is opened again', async () => {
    const epochId = parseEpochId(1);
    expect(await deriver.open(meshId, epochId)).not.toBe(await deriver.open(meshId, epochId));
  });

  it('refuses a node paired with itself, and continues', async () => {
    const epochId = parseEpochId(1);
    await deriver.open(meshId, epochId);
    await expect(deriver.derive(epochId, end('a'), [end('a')])).rejects.toThrow();
    expect(await deriver.derive(epochId, end('a'), [end('b')])).toHaveLength(32);
  });

  it('encapsulates ahead when nobody waits: requests overtake that work', async () => {
    const epochId = parseEpochId(1);
    const kemPublicKey = new NodeKem().publicKeyText;
    const order: string[] = [];
    const nodes = Array.from({ length: 40 }, (_, at) => ({
      nodeId: parseNodeId(`node-${at}`),
      kemPublicKey,
    }));
    const prepared = deriver.prepare(nodes).then(() => order.push('prepared'));
    const opened = deriver.open(meshId, epochId).then(() => order.push('opened'));
    await Promise.all([prepared, opened]);
    expect(order).toEqual(['opened', 'prepared']);
    const request = (name: string) => ({
      nodeId: parseNodeId(name),
      kemPublicKey,
      version: '1.1',
      current: { epochId, self: end(name), peers: [end('peer')] },
    });
    /** How often the worker encapsulates for it, and the number in its context. */
    const seal = async (name: string) => {
      const before = encapsulated();
      const { sequence } = await deriver.seal(request(name));
      return [encapsulated() - before, sequence];
    };
    // What was made ahead, for each node.
    expect(encapsulated()).toBe(nodes.length);
    expect(await seal('node-0')).toEqual([0, 0]);
    expect(await seal('node-0')).toEqual([0, 1]);
    expect(await seal('node-x')).toEqual([1, 0]);
    await deriver.closeBefore(parseEpochId(2));
    await expect(deriver.seal(request('node-0'))).rejects.toThrow('is not held');
  });

  it('survives a key that cannot be sealed to: the others are prepared, and a request for its node fails', async () => {
    const epochId = parseEpochId(1);
    await deriver.open(meshId, epochId);
    const bad = { nodeId: parseNodeId('node-a'), kemPublicKey: 'mesh/seal/v1/x25519:AAAA' };
    const good = { nodeId: parseNodeId('node-b'), kemPublicKey: new NodeKem().publicKeyText };
    await deriver.prepare([bad, good]);
    const request = { version: '1.1', current: { epochId, self: end('self'), peers: [] } };
    await expect(deriver.seal({ ...bad, ...request })).rejects.toThrow('X25519');
    const before = encapsulated();
    expect((await deriver.seal({ ...good, ...request })).sequence).toBe(0);
    expect(encapsulated()).toBe(before);
  });

  it('that gives fewer keys than peers is not taken at its word: no pair gets a piece of a key', async () => {
    const program = `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', (messages) => {
        if (messages.some(({ op }) => op === 'end')) process.exit();
        const asked = messages.filter(({ id }) => id !== undefined);
        parentPort.postMessage(asked.map(({ id }) => ({ id, ok: true, value: new Uint8Array(32) })));
      });`;
    const short = new PskDeriver(
      (error) => deaths.push(error),
      new URL(`data:text/javascript,${encodeURIComponent(program)}`),
    );
    const epochId = parseEpochId(1);
    expect(await short.derive(epochId, end('a'), [end('b')])).toHaveLength(32);
    await expect(short.derive(epochId, end('a'), [end('b'), end('c')])).rejects.toThrow('wrong number');
    await short.close();
  });

  it('has room until many requests are outstanding, and says when it has room again', async () => {
    const epochId = parseEpochId(1);
    await deriver.open(meshId, epochId);
    expect(deriver.whenRoom()).toBeUndefined();
    let served = 0;
    const all = Array.from({ length: 1_000 }, (_, at) =>
      deriver.derive(epochId, end('a'), [end(`b${at}`)]).then(() => {
        served += 1;
      }),
    );
    const room = deriver.whenRoom();
    expect(room).toBeInstanceOf(Promise);
    await room;
    await new Promise((resolve) => setImmediate(resolve));
    expect(served).toBeGreaterThan(800);
    await Promise.all(all);
    expect(deriver.whenRoom()).toBeUndefined();
  });

  it('has room when it has died, because its requests fail at once', async () => {
    const mute = new URL(
      `data:text/javascript,${encodeURIComponent('import { parentPort } from "node:worker_threads"; parentPort.on("message", (all) => { if (all.length > 999) process.exit(); });')}`,
    );
    const dying = new PskDeriver((error) => deaths.push(error), mute);
    const all = Promise.allSettled(Array.from({ length: 1_000 }, () => dying.open(meshId, parseEpochId(1))));
    await dying.whenRoom();
    expect((await all).every(({ status }) => status === 'rejected')).toBe(true);
    expect(deaths).toHaveLength(1);
    expect(dying.whenRoom()).toBeUndefined();
  });

  it('is terminated if it does not end by itself', async () => {
    const clock = new FakeClock();
    const deaf = new URL(`data:text/javascript,${encodeURIComponent('setInterval(() => 0, 1e6);')}`);
    const hanging = new PskDeriver((error) => deaths.push(error), deaf, clock);
    const closed = hanging.close();
    await clock.advance(5_000);
    await closed;
    await hanging.close();
    expect(deaths).toEqual([]);
  });

  it('closes without an error, and does not answer afterwards', async () => {
    await deriver.open(meshId, parseEpochId(1));
    const pending = Promise.allSettled([deriver.open(meshId, parseEpochId(2))]);
    await deriver.close();
    await pending;
    await expect(deriver.open(meshId, parseEpochId(3))).rejects.toThrow('closed');
    expect(deaths).toEqual([]);
  });
});
