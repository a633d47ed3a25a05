// The controller's log before the real mesh-witness: its heads are cosigned over HTTP, also while other keys
// take over the signing of the log. A controller that goes back to an older database and writes another
// history gets no cosignature, so that no head of it counts.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint, parseVerifierKey } from '@mesh/audit';
import { waitUntil } from '@mesh/host/test-kit';
import type { ProblemError } from '@mesh/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConfigInput, startTestController, type TestController } from '../support/index.ts';
import { RealWitness } from '../support/real-witness.ts';

const ORIGIN = '127.0.0.1/testmesh';

let directory: string;
let witness: RealWitness;
let logKeys: readonly string[];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-witnessed-'));
  // The keys of the log have to be known before the witness is.
  const first = await start({});
  logKeys = first.running.services.logKeys.verifierKeys;
  expect(first.running.services.logKeys.origin).toBe(ORIGIN);
  await first.close();
  cpSync(join(directory, 'data'), join(directory, 'older'), { recursive: true });
  witness = new RealWitness(directory, ORIGIN);
  await witness.start(logKeys);
});
afterAll(async () => {
  await witness.kill();
  rmSync(directory, { recursive: true, force: true });
});

const start = (log: ConfigInput['log']): Promise<TestController> =>
  startTestController({ directory, config: { log, epoch_seconds: 3_600 } });
const demanding = () =>
  start({ witnesses: [{ url: witness.url, keys: witness.keys }], required_cosignatures: 1 });

/** What the controller has published: its size, and how many keys of the witness have cosigned it. */
function published(controller: TestController): { size: number; cosignatures: number } {
  const note = controller.running.services.publishedLog.checkpoint();
  if (note === undefined) return { size: 0, cosignatures: 0 };
  const { checkpoint, cosignatures } = openCheckpoint(note, {
    origin: ORIGIN,
    logKeys: logKeys.map(parseVerifierKey),
    witnessKeys: witness.keys.map(parseVerifierKey),
  });
  return { size: checkpoint.size, cosignatures: cosignatures.length };
}

it('a witness cosigns while other keys take over, and these end only once it has the next ones', async () => {
  const controller = await demanding();
  const { admin } = controller;
  const isCosigned = (signatures: number) => () => {
    const note = controller.running.services.publishedLog.checkpoint() ?? '';
    return published(controller).cosignatures === 2 && note.split(`\n— ${ORIGIN} `).length - 1 === signatures;
  };
  const { next } = await admin.prepareLogKey({ reason: 'test' });
  await waitUntil('a cosigned head by both pairs', isCosigned(4));
  expect((await admin.logKeyStatus()).not_confirmed).toEqual([witness.url]);
  const refusal = await admin.finishLogKey({ reason: 'test' }).catch((error: unknown) => error);
  expect((refusal as ProblemError).problem.detail).toContain(witness.url);
  logKeys = [...logKeys, ...(next ?? [])];
  await witness.kill();
  await witness.start(logKeys);
  // Another epoch brings another head, once the first one is in force.
  const { epoch_id: first } = await admin.rotate();
  await waitUntil('another epoch', async () => (await admin.rotate()).epoch_id > first);
  await waitUntil('the witness has the next keys', async () => {
    const { not_confirmed } = await admin.logKeyStatus();
    return not_confirmed.length === 0;
  });
  await admin.finishLogKey({ reason: 'test' });
  await waitUntil('a cosigned head by the next pair alone', isCosigned(2));
  await controller.close();
});

it('heads are published with the cosignatures of both keys, and another history is not', async () => {
  const honest = await demanding();
  const before = published(honest).size;
  await waitUntil('a cosigned head', () => published(honest).cosignatures === 2);
  await honest.admin.rotate();
  await waitUntil(
    'the next one',
    () => published(honest).size > before && published(honest).cosignatures === 2,
  );
  const { size } = published(honest);
  await honest.close();

  // Everything but the master key is put back to what it was before the witness saw anything.
  rmSync(join(directory, 'data'), { recursive: true });
  cpSync(join(directory, 'older'), join(directory, 'data'), { recursive: true });
  const other = await demanding();
  const shown = published(other);
  expect(shown.size).toBeLessThan(size);
  for (let times = 0; times < 8; times++) await other.token();
  await other.admin.rotate();
  await waitUntil('the alarm', () => other.logLines.join('').includes('another history of this log'));
  expect(published(other)).toEqual(shown);
  await other.close();

  // Nobody is asked: the other history is published.
  const unwitnessed = await start({});
  expect(published(unwitnessed).size).toBeGreaterThan(shown.size);
  await unwitnessed.close();
});
