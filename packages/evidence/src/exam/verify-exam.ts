// Verifies the file of an exam without asking anybody: the head, the entries under it, the draw, which is
// made again, the order of commitments and grades, and the sums.

import type { EpochId, NodeId } from '@mesh/primitives';
import { checkEntries } from '../verify/check-entries.ts';
import { checkHead, type ProofTrust } from '../verify/check-head.ts';
import { Findings } from '../verify/findings.ts';
import type { ProofReport } from '../verify/proof-report.ts';
import { checkAnswers, checkGrades, checkItems } from './check-answers.ts';
import { checkDraw, checkPool, checkPromise } from './check-draw.ts';
import { examEntriesIn } from './exam-entries.ts';
import type { ExamFile } from './exam-file.ts';

/** What the log says of the exam. */
export interface ExamInLog {
  readonly examId: string;
  /** The examined node. */
  readonly nodeId: NodeId;
  readonly epochId: EpochId | undefined;
  readonly closedAtMs: number;
  readonly pool: string;
  readonly outvoted: readonly string[];
}

/** As of a decision; `exam` is absent if the file does not show even that. */
export interface ExamReport extends Pick<ProofReport, 'verdict' | 'steps'> {
  readonly exam?: ExamInLog;
}

/**
 * Verifies a file. It never throws for what the file holds.
 *
 * It shows that the exam that the log has follows from what the log had before. It does not show that those
 * who were eligible were all who could have been, nor that the file has every entry about the pool: only
 * whoever reads the whole log sees that. The transcripts stay with the examiners.
 *
 * @param trust the keys that the reader trusts, from somewhere else than the file
 */
export function verifyExam(file: ExamFile, trust: ProofTrust): ExamReport {
  const findings = new Findings();
  let exam: ExamInLog | undefined;
  try {
    const head = checkHead(file, trust, findings);
    const decision = file.entries.at(-1)?.index ?? 0;
    const logged = checkEntries({ meshId: file.meshId, entries: file.entries, decision }, head, findings);
    const entries = examEntriesIn([...logged.values()], file);
    const { drawn, closed, pool } = entries;
    exam = {
      examId: file.examId,
      nodeId: file.nodeId,
      epochId: drawn.entry.epochId,
      closedAtMs: closed.entry.atMs,
      pool: pool.data.pool,
      outvoted: closed.data.outvoted,
    };
    checkPool(entries, file, findings);
    checkPromise(entries, file, head, findings);
    const again = checkDraw(entries, file, findings);
    checkAnswers(entries, again, findings);
    checkGrades(entries, again, findings);
    checkItems(entries, again, file, findings);
  } catch (error) {
    findings.ended(error);
  }
  return { verdict: findings.verdict(), steps: findings.steps, ...(exam === undefined ? {} : { exam }) };
}
