// What an examiner keeps of its exams on disk (a folder, 0700), so that neither a restart nor a crash loses
// an answer or commits to a second transcript. For each exam:
//
//   ID.jsonl             the answers, a line for each as it comes; at first the salt, at last the end
//   ID.transcript.json   the transcript, written before it is committed to

import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renderTranscript } from '@mesh/harness';
import { errorCodeOf, makePrivateDirectory, writeFileAtomic } from '@mesh/host';
import type { AssignedExam, ItemAnswer } from './assigned-exam.ts';
import { type ExamNotes, lineOf, NO_NOTES, readNotes, textOf } from './exam-notes.ts';

export interface ExamFolderOptions {
  readonly path: string;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  /** How many exams are kept, and how many bytes; the oldest go first. Those that are open are kept. */
  readonly keep?: { readonly exams: number; readonly bytes: number };
}

const KEEP = { exams: 64, bytes: 256 * 1_048_576 };
const SALT_LENGTH_BYTES = 32;
const NOTES = '.jsonl';
const TRANSCRIPT = '.transcript.json';

export class ExamFolder {
  readonly #options: ExamFolderOptions;

  constructor(options: ExamFolderOptions) {
    this.#options = options;
  }

  /** What an earlier run has left of an exam, or a new one with its salt. Rejects with the system's error. */
  async open(examId: string): Promise<ExamFile> {
    const { path, randomBytes } = this.#options;
    makePrivateDirectory(path);
    const file = join(path, `${examId}${NOTES}`);
    const text = await readIfThere(file);
    const found = text === undefined ? NO_NOTES : readNotes(text);
    const notes = { ...found, salt: found.salt ?? randomBytes(SALT_LENGTH_BYTES) };
    // A line that a crash has cut off must not run into the next one.
    if (text !== textOf(notes)) await writeFileAtomic(file, textOf(notes), { mode: 0o600 });
    return new ExamFile(path, examId, notes);
  }

  /**
   * Removes what is too much.
   *
   * @param openIds of exams that are kept in any case
   */
  async prune(openIds: ReadonlySet<string>): Promise<void> {
    const { path, keep = KEEP } = this.#options;
    const found = await examsIn(path);
    let exams = 0;
    let bytes = 0;
    for (const { examId, lengthBytes } of found.sort((one, other) => other.writtenMs - one.writtenMs)) {
      exams += 1;
      bytes += lengthBytes;
      if (openIds.has(examId) || (exams <= keep.exams && bytes <= keep.bytes)) continue;
      for (const suffix of [NOTES, TRANSCRIPT]) await rm(join(path, `${examId}${suffix}`), { force: true });
    }
  }
}

/**
 * The files of one exam. One caller at a time. The answers stay on disk: a service may give long ones, and
 * many exams may be open.
 */
export class ExamFile {
  readonly #folder: string;
  readonly #examId: string;
  readonly #salt: Uint8Array;
  /** How long each answer took; undefined for an item without an answer that can be graded. */
  readonly #latencies = new Map<number, number | undefined>();
  #isSent: boolean;
  /** Whether a line may have been written in part. */
  #isTorn = false;

  constructor(folder: string, examId: string, { salt, answers, isSent }: ExamNotes & { salt: Uint8Array }) {
    this.#folder = folder;
    this.#examId = examId;
    this.#salt = salt;
    for (const one of answers.values()) this.#note(one);
    this.#isSent = isSent;
  }

  /** Whether the controller has the result. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** How many items were asked. */
  get asked(): number {
    return this.#latencies.size;
  }

  /** How many of them have no answer that can be graded. */
  get unanswered(): number {
    return [...this.#latencies.values()].filter((latencyMs) => latencyMs === undefined).length;
  }

  /** @param index the item's place in the pool */
  has(index: number): boolean {
    return this.#latencies.has(index);
  }

  latencyMs(index: number): number | undefined {
    return this.#latencies.get(index);
  }

  /** Resolves once the answer is on disk. An answer that is there already stays. */
  async add(answer: ItemAnswer): Promise<void> {
    if (this.has(answer.index)) return;
    await this.#write({ answer });
    this.#note(answer);
  }

  /** Resolves once it is on disk that the controller has the result. */
  async sent(): Promise<void> {
    await this.#write({ sent: true });
    this.#isSent = true;
  }

  /**
   * The transcript, which is on disk when this resolves. Once it was written it stays as it is.
   *
   * @returns undefined if an item was not asked yet
   */
  async transcript({ examId, items }: Pick<AssignedExam, 'examId' | 'items'>): Promise<string | undefined> {
    const path = join(this.#folder, `${this.#examId}${TRANSCRIPT}`);
    const written = await readIfThere(path);
    if (written !== undefined) return written;
    if (!items.every(({ index }) => this.has(index))) return undefined;
    const { answers } = readNotes((await readIfThere(this.#notesPath)) ?? '');
    const ordered = items.flatMap(({ index }) => answers.get(index) ?? []);
    if (ordered.length < items.length)
      throw new Error(`${this.#notesPath} was changed: its answers are gone`);
    const text = renderTranscript({
      examId,
      salt: this.#salt,
      answers: ordered.map((one) =>
        'answer' in one
          ? { index: one.index, answer: one.answer }
          : { index: one.index, problem: one.problem },
      ),
    });
    await writeFileAtomic(path, text, { mode: 0o600 });
    return text;
  }

  get #notesPath(): string {
    return join(this.#folder, `${this.#examId}${NOTES}`);
  }

  #note(one: ItemAnswer): void {
    this.#latencies.set(one.index, 'latencyMs' in one ? one.latencyMs : undefined);
  }

  async #write(line: Parameters<typeof lineOf>[0]): Promise<void> {
    if (this.#isTorn) {
      const kept = readNotes((await readIfThere(this.#notesPath)) ?? '');
      await writeFileAtomic(this.#notesPath, textOf({ ...kept, salt: this.#salt }), { mode: 0o600 });
    }
    this.#isTorn = true;
    await appendSynced(this.#notesPath, lineOf(line));
    this.#isTorn = false;
  }
}

async function appendSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'a', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function examsIn(path: string) {
  const names = await readdir(path).catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const found = new Map<string, { readonly examId: string; lengthBytes: number; writtenMs: number }>();
  for (const name of names) {
    const examId = /^[0-9a-f]+(?=[.])/.exec(name)?.[0];
    if (examId === undefined) continue;
    const { size, mtimeMs } = await stat(join(path, name));
    const exam = found.get(examId) ?? { examId, lengthBytes: 0, writtenMs: 0 };
    exam.lengthBytes += size;
    exam.writtenMs = Math.max(exam.writtenMs, mtimeMs);
    found.set(examId, exam);
  }
  return [...found.values()];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
