// status.json is written at most four times per second, and never so often that rendering fills the event
// loop.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type Timers } from '@mesh/host';
import { MeshState, type NodeRecord } from '@mesh/membership';
import { type MeshId, parseMeshId } from '@mesh/primitives';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StatusFileWriter } from '../../src/publish/status-file.ts';

const meshId: MeshId = parseMeshId('mesh');
const node = {
  nodeId: 'node-a',
  addresses: [],
  wgPublicKeys: {},
  updatedAtMs: 0,
  enrolledAtMs: 0,
  latest: undefined,
} as unknown as NodeRecord;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-status-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  [1, 250],
  [12, 250],
  [13, 260],
  [200, 4000],
])(
  'after a rendering of %d ms the next one comes after %d ms at the earliest',
  async (renderMs, expectedMs) => {
    const view = new MeshState(meshId);
    view.merge({ nodes: [node], tokens: [], epochs: undefined });
    let monotonicMs = 0;
    const delays: number[] = [];
    let fire = (): void => undefined;
    const timers: Timers = {
      setTimer: (delayMs, fn) => {
        delays.push(delayMs);
        fire = fn;
        return () => undefined;
      },
    };
    const path = join(folder, 'status.json');
    const writer = new StatusFileWriter({
      path,
      view,
      expiryOf: () => 0,
      warnings: () => [],
      standing: () => {
        monotonicMs += renderMs;
        return {
          allowed: false,
          declining: false,
          membership: 'UNKNOWN',
          reasonCode: 'no_benchmark',
          reason: 'none',
          publicReason: 'none',
        };
      },
      limitOf: () => undefined,
      clock: { nowMs: () => 0, monotonicMs: () => monotonicMs, bootMs: () => 0 },
      timers,
      logger: createLogger({ level: 'silent' }),
    });
    writer.touch();
    fire();
    await expect.poll(() => readFileSync(path, 'utf8')).toContain('node-a');
    writer.touch();
    expect(delays).toEqual([250, expectedMs]);
    await writer.close();
  },
);
