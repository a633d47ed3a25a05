// Puts the file of a closed exam together: the entries of the log about it, what its draw depends on, and the
// proofs that all of it is in the log under its newest published head.

import { proveConsistency } from '@mesh/audit';
import { type ExamFile, renderExamFile } from '@mesh/evidence';
import { type SealedItem, sealedPool } from '@mesh/harness';
import { platformSha256 } from '@mesh/host';
import type { ExamPoolRecord, ExamRecord, MeshView } from '@mesh/membership';
import type { MeshId, NodeId } from '@mesh/primitives';
import type { DecisionEntries } from '../store/decision-entries.ts';
import type { ExamEntries } from '../store/exam-entries.ts';
import type { ExamHistory } from '../store/exam-history.ts';
import type { OpenedRow } from '../store/read-log.ts';
import { openedIndices } from './opened-items.ts';
import { type EntryPorts, provenEntry, rowAt } from './prove-entry.ts';
import type { PublishedLog } from './published-log.ts';

export interface ProveExamPorts extends EntryPorts {
  readonly meshId: MeshId;
  readonly view: MeshView;
  readonly examEntries: Pick<ExamEntries, 'of'>;
  readonly examHistory: Pick<ExamHistory, 'examiners'>;
  readonly decisionEntries: Pick<DecisionEntries, 'groundsOfExam'>;
  readonly publishedLog: Pick<PublishedLog, 'tree'>;
}

/**
 * @returns the text of the file; undefined while the exam is open, or not covered by the newest published
 *   head
 */
export function proveExam(ports: ProveExamPorts, exam: ExamRecord): string | undefined {
  const tree = ports.publishedLog.tree();
  const pool = ports.view.exams().pool(exam.root);
  if (tree === undefined || pool === undefined || exam.closed === undefined) return undefined;
  const rows = new Map(indicesFor(ports, exam).map((index) => [index, rowAt(ports, index)]));
  const of = (type: string) => [...rows.values()].filter((row) => typeOf(row) === type);
  const drawn = of('exam_drawn').find((row) => dataOf(row).exam_id === exam.examId);
  const closed = of('exam_closed').find((row) => dataOf(row).exam_id === exam.examId);
  if (drawn === undefined || closed === undefined || closed.index >= tree.size) return undefined;
  const retired = of('exam_items_retired').filter(({ index }) => index < drawn.index);
  const gone = new Set(retired.flatMap((row) => dataOf(row).indices as number[]));
  const later = of('exam_items_retired').filter(({ index }) => index > drawn.index);
  for (const { index } of [...later, ...of('examiner_suspended'), ...of('exam_pool_withdrawn')])
    rows.delete(index);
  const results = of('exam_result');
  const grounds = ports.decisionEntries.groundsOfExam(
    closed.index,
    results.map((row) => ({ index: row.index, examiner: dataOf(row).examiner as NodeId })),
  );
  for (const index of grounds) rows.set(index, rowAt(ports, index));
  const messages = results.flatMap(({ index, message }) =>
    message === undefined ? [] : [{ index, message }],
  );
  const file: ExamFile = {
    meshId: ports.meshId,
    nodeId: exam.nodeId,
    examId: exam.examId,
    checkpoint: tree.checkpoint,
    drawnHead: proveConsistency(exam.head.size, tree.size, tree.read, platformSha256),
    eligible: ports.examHistory.examiners(exam.eligibleSha256) ?? [],
    live: pool.items.map(({ index }) => index).filter((index) => !gone.has(index)),
    opened: openedOf(ports.view, pool, exam),
    ...(messages.length === 0 ? {} : { messages }),
    entries: [...rows.values()]
      .sort((one, other) => one.index - other.index)
      .map((row) => provenEntry(row, tree)),
  };
  return renderExamFile(file);
}

/** Of the pool, of the promise, and of the exam; where an exam before promised, its entries too. */
function indicesFor(
  { examEntries, openLogEntry }: ProveExamPorts,
  { examId, root, challenge }: ExamRecord,
): number[] {
  const [promise] = examEntries.of(challenge.sha256);
  const row = promise === undefined ? undefined : openLogEntry(promise);
  const before =
    row === undefined || typeOf(row) !== 'exam_drawn' ? [] : examEntries.of(String(dataOf(row).exam_id));
  const wanted = before.filter((index) => {
    const each = openLogEntry(index);
    return index === promise || (each !== undefined && typeOf(each) === 'exam_closed');
  });
  const all = [
    ...examEntries.of(root),
    ...(promise === undefined ? [] : [promise]),
    ...wanted,
    ...examEntries.of(examId),
  ];
  return [...new Set(all)];
}

function openedOf(view: MeshView, pool: ExamPoolRecord, { assignments }: ExamRecord): ExamFile['opened'] {
  const asked = new Set(assignments.flatMap(({ items }) => items));
  const shown = openedIndices(view, pool).filter((index) => asked.has(index));
  if (shown.length === 0) return [];
  const sealed = sealedPool(pool.items as readonly SealedItem[], platformSha256);
  return shown.map((index) => sealed.open(index));
}

interface Entry {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const entryOf = ({ text }: OpenedRow): Entry => JSON.parse(text) as Entry;
const typeOf = (row: OpenedRow): string => entryOf(row).type;
const dataOf = (row: OpenedRow): Entry['data'] => entryOf(row).data;
