// The power fails at any sync of a run that was recorded call by call. Whatever was not synced is lost, or is
// there in part: the next start finds everything that was told, a log that verifies and only grew, and goes
// on. e2e's soak looks at every sync.

import { beforeAll, expect, it } from 'vitest';
import { failPower } from '../support/crash/power-failures.ts';
import { type Recorded, recordRun } from '../support/crash/record-run.ts';

const SHORT = { every: 17, torn: 1, seed: 20_261_130 };

let recorded: readonly Recorded[];
beforeAll(() => {
  recorded = recordRun();
});

const without = (isLeftOut: (path: string) => boolean) =>
  recorded.filter((event) => !(event.kind === 'sync' && isLeftOut(event.path)));

it('loses nothing that was told, whatever of the unsynced writes survives', async () => {
  const { faults, syncs, images } = await failPower(recorded, SHORT);
  expect(faults).toEqual([]);
  expect(syncs).toBeGreaterThan(100);
  expect(images).toBeGreaterThan(40);
});

it('would lose it without the syncs of the write-ahead log, or of folders: this is found', async () => {
  const unsyncedLog = await failPower(
    without((path) => path.endsWith('-wal')),
    { every: 60, torn: 0, seed: 1 },
  );
  expect(unsyncedLog.faults.join('\n')).toMatch(/is lost/);
  const unsyncedNames = await failPower(
    without((path) => !/\.\w+$/.test(path)),
    { every: 1_000, torn: 0, seed: 1 },
  );
  expect(unsyncedNames.faults.join('\n')).toMatch(/does not open/);
});
