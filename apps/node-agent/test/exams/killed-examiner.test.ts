// An examiner that is killed at any moment still gives one result, of one transcript.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transcriptDigest } from '@mesh/harness';
import { waitUntil } from '@mesh/host/test-kit';
import { expect, it, onTestFinished } from 'vitest';
import { writeEnrolment } from '../../src/identity/enrolment-file.ts';
import { enrolledMember, startController } from '../support/agent-fixtures.ts';
import { assignmentOf, EXAM_ID, ExamDesk } from '../support/exam-desk.ts';
import { chatService } from '../support/examiner-harness.ts';

const CHILD = fileURLToPath(new URL('../programs/examiner-child.ts', import.meta.url));
const PROMPTS = ['one', 'two', 'three', 'four'];

it('an examiner that is killed while it asks, commits and sends, gives one result of one transcript', async () => {
  const controller = await startController();
  const { dir, enrolment } = await enrolledMember(controller);
  await writeEnrolment(dir.enrolment, enrolment);
  let child: ChildProcess | undefined;
  const kill = () => void child?.kill('SIGKILL');
  let answers = 0;
  const service = await chatService(() => {
    answers += 1;
    // The answer to the third question comes after the end of who has asked.
    if (answers === 3) kill();
    return 'yes';
  });
  const desk = new ExamDesk(controller, [assignmentOf(PROMPTS, service.port)]);
  controller.onNodeRequest = (request) => desk.answer(request) ?? { status: 404 };
  const run = () => {
    const args = ['--conditions=@mesh/source', CHILD, dir.path, EXAM_ID];
    const started = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child = started;
    onTestFinished(() => void started.kill('SIGKILL'));
    return new Promise((resolve) => started.on('close', (_code, signal) => resolve(signal)));
  };

  expect(await run()).toBe('SIGKILL');
  expect(service.asked).toEqual(PROMPTS.slice(0, 3));

  desk.afterCommitment = kill;
  expect(await run()).toBe('SIGKILL');
  // Only what had no answer on disk was asked again.
  expect(service.asked).toEqual(['one', 'two', 'three', 'three', 'four']);

  desk.afterCommitment = () => undefined;
  desk.instead.set('/result', () => {
    kill();
    return { status: 500, body: {} };
  });
  expect(await run()).toBe('SIGKILL');
  desk.instead.clear();
  void run();
  await waitUntil('the result', () => desk.results.length > 0);

  expect(service.asked).toHaveLength(5);
  expect(desk.commitments.length).toBeGreaterThan(2);
  const transcript = readFileSync(join(dir.exams, `${EXAM_ID}.transcript.json`), 'utf8');
  const digests = [...desk.commitments, ...desk.results].map(({ transcript_sha256: digest }) => digest);
  expect(new Set(digests)).toEqual(new Set([transcriptDigest(transcript)]));
  expect(desk.results.map(({ grades }) => grades.map(({ score }) => score))).toEqual([[1, 1, 1, 1]]);
  expect(statSync(dir.exams).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(dir.exams)) expect(statSync(join(dir.exams, name)).mode & 0o777).toBe(0o600);
});
