// Lets the power fail at each sync of a recorded run, and looks at what the next start finds.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testConfig } from '../index.ts';
import { checkFiles } from './check-files.ts';
import { Disk, layOut, type Surviving } from './disk.ts';
import type { Recorded } from './record-run.ts';
import { recordedConfig } from './recorded-config.ts';
import { seededRandom } from './seeded-random.ts';
import type { Told } from './told.ts';

export interface PowerFailures {
  /** Of the syncs of the run, every how many is looked at. */
  readonly every: number;
  /**
   * At each of them: how many images with a part of what was not synced, beside the one with nothing of it.
   */
  readonly torn: number;
  readonly seed: number;
  readonly onProgress?: (images: number) => void;
}

export interface FailureReport {
  readonly syncs: number;
  readonly images: number;
  /** What a start did not find, or what it found instead, with the sync and the image. */
  readonly faults: readonly string[];
}

/** The power fails just before a sync is done: whatever was told since the one before counts. */
export async function failPower(
  recorded: readonly Recorded[],
  { every, torn, seed, onProgress }: PowerFailures,
): Promise<FailureReport> {
  const random = seededRandom(seed);
  const disk = new Disk();
  const told: Told[] = [];
  const faults: string[] = [];
  let [syncs, images] = [0, 0];
  const look = async (survivings: readonly Surviving[], where: string): Promise<void> => {
    for (const [number, surviving] of survivings.entries()) {
      images += 1;
      for (const fault of await faultsOf(disk, surviving, told))
        faults.push(`${where}, image ${number} (${surviving.kind} survives): ${fault}`);
      onProgress?.(images);
    }
  };
  const some: readonly Surviving[] = Array.from({ length: torn }, () => ({ kind: 'some', random }));
  for (const event of recorded) {
    if (event.kind === 'told') {
      told.push(event.told);
      continue;
    }
    if (event.kind === 'sync') {
      syncs += 1;
      if (syncs % every === 0) await look([{ kind: 'nothing' }, ...some], `sync ${syncs} of ${event.path}`);
    }
    disk.apply(event);
  }
  await look([{ kind: 'nothing' }, { kind: 'everything' }], 'the end');
  return { syncs, images, faults };
}

async function faultsOf(disk: Disk, surviving: Surviving, told: readonly Told[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-image-'));
  try {
    layOut(disk.image(surviving), folder);
    return (await checkFiles(testConfig(folder, recordedConfig(folder)), told)).faults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
