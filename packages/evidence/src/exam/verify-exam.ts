// Verifies the file of an exam without asking anybody: the head, the entries under it, the draw, which is
// made again, the order of commitments and grades, what the examiners have signed, the sums, and the verdict,
// which is judged again.

import { defined, type EpochId, type NodeId } from '@mesh/primitives';
import type { ExamVerdict } from '@mesh/scoring';
import { checkEntries } from '../verify/check-entries.ts';
import { checkHead, type ProofTrust } from '../verify/check-head.ts';
import { Findings } from '../verify/findings.ts';
import type { ProofReport } from '../verify/proof-report.ts';
import { checkAnswers, checkGrades, checkItems } from './check-answers.ts';
import { checkCancellation } from './check-cancellation.ts';
import { checkDraw, checkPool, checkPromise } from './check-draw.ts';
import { checkSignatures } from './check-signatures.ts';
import { checkVerdict } from './check-verdict.ts';
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
  /** What it says of the node by the policy in force when it was closed; absent if that is not shown. */
  readonly outcome?: ExamVerdict['outcome'];
}

/** As of a decision; `exam` is absent if the file does not show even that. */
export interface ExamReport extends Pick<ProofReport, 'verdict' | 'steps'> {
  readonly exam?: ExamInLog;
}

/**
 * Verifies a file. It never throws for what the file holds.
 *
 * It shows that the exam that the log has follows from what the log had before. It does not show that those
 * who were eligible were all who could have been, nor that the file has every entry about the pool: only a
 * reader of the whole log sees that. The transcripts stay with the examiners. The dimension and the weight of
 * an item are the controller's word until the item is opened, and so is the evidence of a gap.
 *
 * @param trust the keys that the reader trusts, from somewhere else than the file
 */
export function verifyExam(file: ExamFile, trust: ProofTrust): ExamReport {
  const findings = new Findings();
  let exam: ExamInLog | undefined;
  let verdict: ExamVerdict | undefined;
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
    const all = [...logged.values()];
    checkSignatures(entries.results, all, file, findings, trust.verify);
    checkGrades(entries, again, findings);
    checkCancellation(entries, all, findings);
    checkItems(entries, again, file, findings);
    verdict = checkVerdict(entries, again, file, all, findings);
  } catch (error) {
    findings.ended(error);
  }
  const outcome = findings.verdict() === 'refuted' ? undefined : verdict?.outcome;
  return {
    verdict: findings.verdict(),
    steps: findings.steps,
    ...(exam === undefined ? {} : { exam: { ...exam, ...defined({ outcome }) } }),
  };
}
