// What the log's entries about one exam say, read from a file.

import * as z from 'zod';
import type { LoggedEntry } from '../verify/check-entries.ts';
import { Refutation } from '../verify/findings.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);

const poolLoaded = z.object({
  pool: z.string(),
  root: z.string(),
  items: count,
  pairs: z.array(z.tuple([count, count])),
});
const itemsRetired = z.object({ root: z.string(), indices: z.array(count) });
const promised = z.object({ challenge_sha256: sha256 });
const drawn = z.object({
  exam_id: z.string(),
  pool: z.string(),
  root: z.string(),
  head: z.object({ size: count, root_hash: z.string() }),
  eligible_commitment: sha256,
  live_sha256: sha256,
  examiners: count,
  asks: count,
  next_challenge_sha256: sha256,
});
const answered = z.object({
  exam_id: z.string(),
  examiner: z.string(),
  transcript_sha256: sha256,
  message_sha256: sha256,
});
const closed = z.object({
  exam_id: z.string(),
  challenge: z.string().regex(/^[0-9a-f]{64}$/),
  results: count,
  outvoted: z.array(z.string()),
  disagree: z.boolean(),
  /** Present: nothing that was answered counts. */
  cancelled: z.string().optional(),
});

/** An entry with its data in the form that its type has. */
export interface Read<T extends z.ZodType> {
  readonly entry: LoggedEntry;
  readonly data: z.output<T>;
}
export type Answered = Read<typeof answered>;

export interface ExamEntries {
  /** The loading of the pool that the exam was drawn from. */
  readonly pool: Read<typeof poolLoaded>;
  readonly retired: readonly Read<typeof itemsRetired>[];
  readonly drawn: Read<typeof drawn>;
  readonly committed: readonly Answered[];
  readonly results: readonly Answered[];
  readonly closed: Read<typeof closed>;
  /** The end of the node's exam before, if its draw promised the challenge of this one. */
  readonly earlier: LoggedEntry | undefined;
  /** What promised a challenge to the examined node: `exam_promised`, or the draw of an exam before. */
  readonly promises: readonly { readonly entry: LoggedEntry; readonly challengeSha256: string }[];
}

/**
 * @param entries those of the file, which are in the log
 * @throws Refutation `wrong_entry` if one is missing, is there twice or has another form
 */
export function examEntriesIn(
  entries: readonly LoggedEntry[],
  { examId, nodeId }: { readonly examId: string; readonly nodeId: string },
): ExamEntries {
  const isOfExam = ({ data }: { readonly data: { readonly exam_id: string } }) => data.exam_id === examId;
  const draw = one(all(entries, 'exam_drawn', drawn).filter(isOfExam), `the draw of exam ${examId}`);
  const end = one(all(entries, 'exam_closed', closed).filter(isOfExam), `the end of exam ${examId}`);
  if (end.entry.nodeId !== nodeId) throw wrong(`exam ${examId} was of another node`);
  const { root } = draw.data;
  const pools = all(entries, 'exam_pool_loaded', poolLoaded).filter(({ data }) => data.root === root);
  // The end of an exam names the examined node and the exam's id.
  const others = all(entries, 'exam_closed', closed).filter(
    ({ entry, data }) => entry.nodeId === nodeId && data.exam_id !== examId,
  );
  const before = others.map(({ data }) => data.exam_id);
  return {
    pool: one(pools, 'the loading of the pool'),
    retired: all(entries, 'exam_items_retired', itemsRetired).filter(({ data }) => data.root === root),
    drawn: draw,
    committed: all(entries, 'exam_committed', answered).filter(isOfExam),
    results: all(entries, 'exam_result', answered).filter(isOfExam),
    closed: end,
    earlier: others.at(-1)?.entry,
    promises: [
      ...all(entries, 'exam_promised', promised)
        .filter(({ entry }) => entry.nodeId === nodeId)
        .map(({ entry, data }) => ({ entry, challengeSha256: data.challenge_sha256 })),
      ...all(entries, 'exam_drawn', drawn)
        .filter(({ data }) => before.includes(data.exam_id))
        .map(({ entry, data }) => ({ entry, challengeSha256: data.next_challenge_sha256 })),
    ],
  };
}

function all<T extends z.ZodType>(entries: readonly LoggedEntry[], type: string, form: T): Read<T>[] {
  return entries
    .filter((entry) => entry.type === type)
    .map((entry) => {
      const { success, data } = form.safeParse(entry.data);
      if (!success) throw wrong(`entry ${entry.index} (${type}) has a form that this version does not know`);
      return { entry, data };
    });
}

function one<T>(found: readonly T[], what: string): T {
  const [first] = found;
  if (first === undefined) throw wrong(`the file lacks the entry with ${what}`);
  if (found.length > 1) throw wrong(`the log has ${what} ${found.length} times`);
  return first;
}

const wrong = (why: string) => new Refutation('entries', 'wrong_entry', why);
