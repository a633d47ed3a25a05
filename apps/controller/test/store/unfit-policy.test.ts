// A stored policy that no longer fits the other settings stops the start, unless the configuration's own
// policy replaces it. The error says what to do.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@mesh/host/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ConfigInput, openNextEpoch, startTestController } from '../support/index.ts';
import { entriesOf } from '../support/officers.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-unfit-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const clock = new FakeClock({ nowMs: Date.now() });
const start = (config: Partial<ConfigInput>) =>
  startTestController({ directory, clock, config: { epoch_seconds: 86_400, ...config } });
const gold = { policy: { classes: [{ name: 'gold' }] } };

it('is named when the configuration still has the policy that was replaced', async () => {
  {
    await using controller = await start(gold);
    await openNextEpoch(controller);
    await controller.admin.setPolicy({ text: '{ "threshold": 0.95 }', reason: 'test' });
    await openNextEpoch(controller);
  }
  await expect(start({ ...gold, classes: { gold: {} } })).rejects.toThrow(
    /^policy version 2 does not fit the configuration: classes\.gold: .* Correct that setting, or change `policy`/,
  );
  await using again = await start(gold);
  expect((await again.admin.policy()).in_force?.version).toBe(2);
});

const weaker = { policy: { classes: [{ name: 'gold' }], threshold: 0.1 }, classes: { gold: {} } };

it('is named when officers would have to sign for the policy that replaces it', async () => {
  const officers = entriesOf(['alice', 'bob', 'carol']);
  {
    await using controller = await start({ officers });
    await openNextEpoch(controller);
  }
  await expect(start({ ...weaker, officers })).rejects.toThrow(
    /^policy version 1 does not fit the configuration: .* does not replace that version: .*officers/,
  );
});

it('is replaced by a policy that nothing speaks against', async () => {
  {
    await using controller = await start({});
    await openNextEpoch(controller);
  }
  await using again = await start(weaker);
  await openNextEpoch(again);
  expect((await again.admin.policy()).in_force?.version).toBe(2);
});
