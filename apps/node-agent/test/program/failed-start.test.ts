// A start that fails ends the process by itself and leaves nothing open.

import { join } from 'node:path';
import { waitUntil } from '@mesh/host/test-kit';
import { expect, it } from 'vitest';
import { startController } from '../support/agent-fixtures.ts';
import { enrolled, run } from '../support/agent-program.ts';

it('ends if the canary suite is missing, and frees its lock for the next start', async () => {
  const controller = await startController();
  const { stateDir, up } = await enrolled(controller);
  const suite = join(stateDir, 'missing.yaml');
  const failed = await run([
    ...['up', '--dry-run', '--state-dir', stateDir],
    ...['--canary-endpoint', 'http://127.0.0.1:8000', '--canary-suite', suite],
  ]).exit;
  expect(failed.code).not.toBe(0);
  expect(failed.code).not.toBeNull();
  expect(failed.errors).toContain(suite);
  const next = up();
  await waitUntil('the second start', () => next.output().includes('agent started'));
});
