// A program: what a controller goes through, from the making of its keys on, with nodes, an operator and
// readers of its log. Each answer is written to a file of the folder before the next request, so that a
// record of the writes says what had been told at each moment.
//
// `node recorded-run.ts FOLDER`

import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '@mesh/host/test-kit';
import { initController } from '../../src/init.ts';
import { readFolderCheckpoint } from '../../src/publish/read-folder-checkpoint.ts';
import { restoreBackup } from '../../src/restore.ts';
import { recordedConfig, TOLD_FILE } from '../support/crash/recorded-config.ts';
import { type Told, toldOf } from '../support/crash/told.ts';
import { assignmentOf, commitment, poolText, result } from '../support/exams.ts';
import { fetchBackup } from '../support/fetch-backup.ts';
import { enrolTestNode, openNextEpoch, TestController, type TestNode, until } from '../support/index.ts';

const NODES = ['node-a', 'node-b', 'node-c', 'node-d'] as const;
/** The log grows beyond a full tile, so that the database and the folder have some. */
const TOKENS = 260;

const [directory = ''] = process.argv.slice(2);
const toldFile = openSync(join(directory, TOLD_FILE), 'w', 0o600);
const tell = (told: Told): void => void writeSync(toldFile, `${JSON.stringify(told)}\n`);

// Near the real time because of TLS, and half-way through a minute.
const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
const controller = new TestController({ directory, clock, config: recordedConfig(directory) });
await initController(controller.config, clock);
tell({ kind: 'initialised' });

const nodes = new Map<string, TestNode>();
const node = (name: (typeof NODES)[number]) => nodes.get(name) as TestNode;

async function submit(name: (typeof NODES)[number], score: number): Promise<void> {
  const message = node(name).benchmark(score);
  for (const told of toldOf(message, await node(name).client.submitBenchmark(message))) tell(told);
}

/** An epoch, and the head that follows it, at the door and in the folder. */
async function openEpoch(): Promise<void> {
  const { publishedLog, logKeys } = controller.running.services;
  const before = publishedLog.head().size;
  tell({ kind: 'epoch', epochId: await openNextEpoch(controller) });
  await clock.advance(1_000);
  await until('a head', () => publishedLog.head().size > before);
  tell({ kind: 'head', ...publishedLog.head() });
  const folder = controller.config.log.folder ?? '';
  await until('the folder', () => readFolderCheckpoint(folder, logKeys)?.size === publishedLog.head().size);
}

async function makeTokens(count: number): Promise<void> {
  const made = await Promise.all(Array.from({ length: count }, () => controller.admin.createToken({})));
  for (const { token_id: tokenId } of made) tell({ kind: 'token', tokenId });
}

/** The examiner of a node asks, commits and, unless it is slow, grades. */
async function examine(examined: (typeof NODES)[number], isSlow = false): Promise<void> {
  const { view } = controller.running.services;
  const drawn = () => [...view.exams().open()].find(({ nodeId }) => nodeId === examined)?.assignments[0];
  await until(`an exam of ${examined}`, () => drawn() !== undefined);
  const examiner = node(drawn()?.examiner as (typeof NODES)[number]);
  const assignment = await assignmentOf(examiner, examined);
  const of = { kind: 'exam', examId: assignment.exam_id, examiner: examiner.nodeId } as const;
  tell({ ...of, has: 'assigned' });
  await examiner.client.commitExam(commitment(examiner, assignment.exam_id));
  tell({ ...of, has: 'committed' });
  if (isSlow) return;
  await examiner.client.answerExam(result(examiner, assignment, 1));
  tell({ ...of, has: 'answered' });
}

/** Puts a backup of this moment in the place of the database. */
async function restoreNewest(): Promise<void> {
  const file = join(directory, 'newest.backup');
  await fetchBackup(controller.admin, file);
  await controller.stop();
  await restoreBackup(controller.config, { file, checkpoints: [] }, clock);
  await controller.start();
}

await controller.start();
for (const name of NODES) {
  nodes.set(name, await enrolTestNode(controller, name));
  tell({ kind: 'enrolled', nodeId: name });
  await submit(name, 0.9);
}
const { root } = await controller.admin.loadPool({ text: poolText(), reason: 'the first' });
tell({ kind: 'pool', root });
await openEpoch();
// One exam is closed; the restore cancels the other.
await examine('node-a');
await examine('node-b', true);
await makeTokens(1);
await submit('node-a', 0.9);
await submit('node-c', 0.1);
tell({ kind: 'denied', nodeId: 'node-c' });
await controller.admin.revoke('node-d', 'stolen');
tell({ kind: 'revoked', nodeId: 'node-d' });
await openEpoch();
await makeTokens(TOKENS);
const { next_ca_pin: pin } = await controller.admin.rotateCa({ reason: 'it is time' });
tell({ kind: 'next-ca', pin: pin ?? '' });
await controller.admin.rotateMasterKey({ reason: 'it is time' });
await until('the new key', async () => (await controller.admin.masterKeyStatus()).status === 'idle');
await submit('node-a', 0.9);
await restoreNewest();
for (const each of nodes.values()) each.reconnect();
await submit('node-a', 0.9);
await controller.admin.prepareLogKey({ reason: 'it is time' });
await openEpoch();
const { present } = await controller.admin.finishLogKey({ reason: 'it is time', force: true });
tell({ kind: 'log-keys', present });
await submit('node-b', 0.9);
// The nodes have no certificates of the new CA: from here on they cannot send anything.
await controller.admin.finishCa({ reason: 'it is time', force: true });
tell({ kind: 'ca', pin: pin ?? '' });
await openEpoch();
await controller.stop();
for (const each of nodes.values()) each.close();
