// A policy that applies at once decides on everything behind it, also on what is written in one transaction
// with it.

import { changePolicy, createToken, done, freezeEpoch, lastEpochId } from '@mesh/membership';
import type { EpochId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOW, sha256 } from '../../../../packages/membership/test/support/mesh.ts';
import { newDirectory, openJournal, removeDirectory } from '../support/journal.ts';

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => removeDirectory(directory));

it('denies a result that was good enough for the policy before, and admits nobody by that policy', async () => {
  const opened = openJournal(directory);
  const { journal, mesh, state } = opened;
  mesh.policy = parsePolicy({ threshold: 0.7 });
  const token = {
    tokenId: 't' as TokenId,
    secretHash: sha256('secret of t'),
    uses: 2,
    class: 'default',
    nodeId: undefined,
    ttlMs: 60_000,
    actor: { kind: 'socket' },
  } as const;
  await journal.run(createToken(token));
  for (const id of ['node-in', 'node-new']) await journal.run(mesh.enrolment(id, 't'));
  const freeze = () =>
    freezeEpoch({
      epochId: (lastEpochId(state) + 1) as EpochId,
      activateAtMs: NOW + lastEpochId(state) + 1,
      commitment: `sha256:${sha256('x')}`,
      cause: 'boundary',
    });
  await journal.run(mesh.submission('node-in', 0.9));
  await journal.run(freeze());
  await journal.run(mesh.submission('node-new', 0.8));
  const stricter = parsePolicy({ threshold: 0.85 });
  await Promise.all([
    journal.run(
      changePolicy({ policy: stricter, why: 'x', actor: { kind: 'socket' }, atOnce: true }, () => done([])),
    ),
    journal.run(mesh.submission('node-in', 0.8)),
    journal.run(freeze()),
  ]);
  expect(state.node('node-in')?.membership).toBe('denied');
  expect(state.node('node-new')?.membership).toBe('never');
  await opened.close();
});
