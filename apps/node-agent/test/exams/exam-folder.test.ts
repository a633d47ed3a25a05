// What an examiner keeps on disk, and what is left of it after a crash.

import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseTranscript } from '@mesh/harness';
import { encodeBase64 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { ExamFolder } from '../../src/exams/exam-folder.ts';
import { random32, temporaryDirectory } from '../support/agent-fixtures.ts';
import { EXAM_ID } from '../support/exam-desk.ts';

const items = [7, 3].map((index) => ({ index, prompt: `p${index}` }));
const exam = { examId: EXAM_ID, items };
const yes = { index: 3, answer: 'yes', latencyMs: 40 };
const none = { index: 7, problem: 'HTTP 500' };

function folderAt(path = join(temporaryDirectory(), 'exams'), keep?: { exams: number; bytes: number }) {
  const folder = new ExamFolder({ path, randomBytes: random32, ...(keep && { keep }) });
  return { folder, notes: join(path, `${EXAM_ID}.jsonl`), path };
}

describe('an exam on disk', () => {
  it('is private, and holds each answer once its promise resolves', async () => {
    const { folder, notes, path } = folderAt();
    const file = await folder.open(EXAM_ID);
    await file.add(yes);
    expect(readFileSync(notes, 'utf8')).toContain('"answer":"yes"');
    await file.add(none);
    await file.transcript(exam);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
  });

  it('goes on where an earlier run ended, with the same salt and so the same transcript', async () => {
    const { folder } = folderAt();
    const first = await folder.open(EXAM_ID);
    await first.add(yes);
    const second = await folder.open(EXAM_ID);
    expect([second.has(3), second.has(7), second.asked, second.latencyMs(3)]).toEqual([true, false, 1, 40]);
    expect(await second.transcript(exam)).toBeUndefined();
    await second.add(none);
    const transcript = await second.transcript(exam);
    expect(second.unanswered).toBe(1);
    const third = await folder.open(EXAM_ID);
    expect(await third.transcript(exam)).toBe(transcript);
    expect(parseTranscript(transcript ?? '').answers).toEqual([
      { index: 7, problem: 'HTTP 500' },
      { index: 3, answer: 'yes' },
    ]);
  });

  it('keeps the first answer to an item, and the transcript that was written', async () => {
    const { folder, notes } = folderAt();
    const file = await folder.open(EXAM_ID);
    await file.add(yes);
    await file.add({ ...yes, answer: 'no' });
    await file.add(none);
    const transcript = await file.transcript(exam);
    expect(transcript).not.toContain('"no"');
    writeFileSync(notes, `${JSON.stringify({ salt: encodeBase64(new Uint8Array(32)) })}\n`);
    const again = await folder.open(EXAM_ID);
    expect(again.asked).toBe(0);
    expect(await again.transcript(exam)).toBe(transcript);
  });

  it.each([
    ['a line that a crash has cut off', '{"answer":{"index":7,"ans'],
    ['a line of another form', '{"answer":{"index":7,"answer":3}}\n'],
    ['no JSON', 'x\n'],
    ['zeros', '\0\0\0\n'],
  ])('is read up to %s, and what comes next is whole', async (_what, torn) => {
    const { folder, notes } = folderAt();
    await (await folder.open(EXAM_ID)).add(yes);
    appendFileSync(notes, torn);
    const file = await folder.open(EXAM_ID);
    expect([file.has(3), file.has(7)]).toEqual([true, false]);
    await file.add(none);
    const again = await folder.open(EXAM_ID);
    expect([again.has(3), again.has(7)]).toEqual([true, true]);
  });

  it('begins anew if nothing of it can be read', async () => {
    const { folder, notes, path } = folderAt();
    mkdirSync(path);
    writeFileSync(notes, '{"answer":{"index":3,"answer":"without a salt","latencyMs":1}}\n');
    const file = await folder.open(EXAM_ID);
    expect(file.asked).toBe(0);
    expect(readFileSync(notes, 'utf8')).toMatch(/^\{"salt":"[^"]{44}"\}\n$/);
  });

  it('remembers that its result was sent', async () => {
    const { folder } = folderAt();
    const file = await folder.open(EXAM_ID);
    expect(file.isSent).toBe(false);
    await file.sent();
    expect(file.isSent).toBe(true);
    expect((await folder.open(EXAM_ID)).isSent).toBe(true);
  });

  it('writes a line again as a whole after one that could not be written', async () => {
    const { folder, notes, path } = folderAt();
    const file = await folder.open(EXAM_ID);
    await file.add(yes);
    const before = readFileSync(notes);
    // A folder in the place of the file refuses the write.
    const aside = join(path, '..', 'aside');
    const { renameSync, rmdirSync } = await import('node:fs');
    renameSync(notes, aside);
    mkdirSync(notes);
    await expect(file.add(none)).rejects.toThrow(/EISDIR/);
    expect(file.has(7)).toBe(false);
    rmdirSync(notes);
    writeFileSync(notes, Buffer.concat([before, Buffer.from('{"answer":{"ind')]));
    await file.add(none);
    const again = await folder.open(EXAM_ID);
    expect([again.has(3), again.has(7)]).toEqual([true, true]);
  });
});

describe('the folder of exams', () => {
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

  async function filled(keep: { exams: number; bytes: number }) {
    const { folder, path } = folderAt(undefined, keep);
    for (const [at, examId] of ids.entries()) {
      await (await folder.open(examId)).add({ index: 1, answer: 'x'.repeat(1_000), latencyMs: 1 });
      utimesSync(join(path, `${examId}.jsonl`), 1_000 + at, 1_000 + at);
    }
    const left = () => readdirSync(path).map((name) => name[0]);
    return { folder, left };
  }

  it('keeps the newest, and those that are open', async () => {
    const { folder, left } = await filled({ exams: 2, bytes: 1e6 });
    await folder.prune(new Set(ids));
    expect(left()).toEqual(['a', 'b', 'c']);
    await folder.prune(new Set([ids[0] ?? '']));
    expect(left()).toEqual(['a', 'b', 'c']);
    await folder.prune(new Set());
    expect(left()).toEqual(['b', 'c']);
  });

  it('keeps so many bytes at most', async () => {
    const { folder, left } = await filled({ exams: 9, bytes: 2_500 });
    await folder.prune(new Set());
    expect(left()).toEqual(['b', 'c']);
  });

  it('may be missing', async () => {
    await folderAt().folder.prune(new Set());
  });
});
