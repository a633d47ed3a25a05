// The lease on disk, which an agent uses when it is started again after kill -9.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@mesh/host/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseFile } from '../../src/lease/lease-file.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lease-file-'));
  path = join(dir, 'lease.json');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Errors are ignored, because a write may still be in progress when the folder is removed. */
const open = (bootId = 'boot') => new LeaseFile(path, bootId, () => undefined);
const stored = () => {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { ends_at_boot_ms: number }).ends_at_boot_ms;
  } catch {
    return undefined;
  }
};
const untilStored = (endsAtBootMs: number) =>
  waitUntil(`${endsAtBootMs} is stored`, () => stored() === endsAtBootMs);

describe('a stored lease', () => {
  it.each([
    [180, 4_999, 5_001],
    [12, 333, 334],
  ])(
    'of %i s is stored again once it has become a 36th longer',
    async (leaseSeconds, tooLittleMs, enoughMs) => {
      const file = open();
      file.save({ endsAtBootMs: 100_000 }, leaseSeconds);
      await untilStored(100_000);
      file.save({ endsAtBootMs: 100_000 + tooLittleMs }, leaseSeconds);
      file.save({ endsAtBootMs: 100_000 + enoughMs }, leaseSeconds);
      await untilStored(100_000 + enoughMs);
    },
  );

  it('is the newest even if renewals come while one is being written', async () => {
    const file = open();
    for (const endsAtBootMs of [100_000, 110_000, 120_000]) file.save({ endsAtBootMs }, 12);
    await untilStored(120_000);
  });

  it('is stored when it became shorter', async () => {
    const file = open();
    file.save({ endsAtBootMs: 100_000 }, 180);
    await untilStored(100_000);
    file.save({ endsAtBootMs: 50_000 }, 180);
    await untilStored(50_000);
  });

  it('is read by the next run, but not after another boot', async () => {
    open().save({ endsAtBootMs: 100_000 }, 180);
    await untilStored(100_000);
    expect(await open().read()).toEqual({ endsAtBootMs: 100_000 });
    expect(await open('another').read()).toBeUndefined();
  });
});
