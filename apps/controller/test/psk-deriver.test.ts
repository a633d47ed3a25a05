// The worker that holds the epoch secrets: equal at both ends, gone when closed, fatal when it dies.

import { createHash } from 'node:crypto';
import { parseEpochId, parseMeshId } from '@mesh/primitives';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PskDeriver } from '../src/epochs/psk-deriver.ts';

const meshId = parseMeshId('testmesh');
const end = (nodeId: string) => ({
  nodeId,
  publicKey: createHash('sha256').update(nodeId).digest('base64'),
});
let deriver: PskDeriver;
let deaths: Error[];
beforeEach(() => {
  deaths = [];
  deriver = new PskDeriver((error) => deaths.push(error));
});
afterEach(() => deriver.close());

describe('the PSK worker', () => {
  it('gives both ends of a pair the same key, every pair another, every epoch others', async () => {
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

  it('has nothing more of epochs that were closed', async () => {
    for (const epoch of [1, 2, 3]) await deriver.open(meshId, parseEpochId(epoch));
    await deriver.closeBefore(parseEpochId(3));
    for (const epoch of [1, 2]) {
      await expect(deriver.derive(parseEpochId(epoch), end('a'), [end('b')])).rejects.toThrow('is not held');
      await expect(deriver.single(parseEpochId(epoch), 'a')).rejects.toThrow('is not held');
    }
    expect(await deriver.derive(parseEpochId(3), end('a'), [end('b')])).toHaveLength(32);
  });

  it('draws a new secret when an epoch is opened again', async () => {
    const epochId = parseEpochId(1);
    expect(await deriver.open(meshId, epochId)).not.toBe(await deriver.open(meshId, epochId));
  });

  it('refuses a node paired with itself, and goes on', async () => {
    const epochId = parseEpochId(1);
    await deriver.open(meshId, epochId);
    await expect(deriver.derive(epochId, end('a'), [end('a')])).rejects.toThrow();
    expect(await deriver.derive(epochId, end('a'), [end('b')])).toHaveLength(32);
  });

  it('is closed without a complaint, and answers nobody afterwards', async () => {
    await deriver.open(meshId, parseEpochId(1));
    const pending = Promise.allSettled([deriver.open(meshId, parseEpochId(2))]);
    await deriver.close();
    await pending;
    await expect(deriver.open(meshId, parseEpochId(3))).rejects.toThrow('closed');
    expect(deaths).toEqual([]);
  });
});
