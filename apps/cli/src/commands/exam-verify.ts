// meshctl exam verify: a closed exam in one file, drawn and judged again without the controller.

import { EvidenceError, type ExamReport, type ProofTrust, parseExamFile, verifyExam } from '@mesh/evidence';
import { formatRfc3339 } from '@mesh/primitives';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { EXAM_OUTCOMES } from '../output/exam-outcomes.ts';
import type { Ports } from '../ports/ports.ts';
import { describeSteps, stepsOf } from '../proofs/proof-steps.ts';
import { type TrustFlags, trustOf, withTrustOptions } from '../proofs/proof-trust.ts';
import { renderJson } from '../session/session.ts';

const MAX_FILE_BYTES = 16_777_216;

export function addExamVerify(exam: Command, ports: Ports): void {
  withTrustOptions(
    exam
      .command('verify')
      .description('verifies the file of an exam, without a controller: draws it and judges it again')
      .argument('<file>', 'from: meshctl exam prove'),
  ).action((path: string, flags: TrustFlags, command: Command) => {
    const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
    const report = reportOn(ports.readDocument(path, MAX_FILE_BYTES), path, trustOf(flags, ports));
    ports.writeOut(json ? renderJson(wireOf(report, path)) : describe(report));
    if (report.verdict === 'refuted')
      throw new CliError(
        'refuted',
        `${path} does not show the exam: keep it, and ask the person who made it`,
      );
    if (report.verdict === 'incomplete')
      throw new CliError('incomplete', `${path} shows a part: nothing contradicts it, and the rest is gone`);
  });
}

function reportOn(text: string, path: string, trust: ProofTrust): ExamReport {
  try {
    return verifyExam(parseExamFile(text), trust);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new CliError('refuted', `${path}: ${error.message}`, { cause: error });
  }
}

function wireOf({ verdict, steps, exam }: ExamReport, file: string): object {
  return {
    file,
    verdict,
    exam:
      exam === undefined
        ? null
        : {
            exam_id: exam.examId,
            node_id: exam.nodeId,
            epoch_id: exam.epochId ?? null,
            pool: exam.pool,
            closed_at: formatRfc3339(exam.closedAtMs),
            outvoted: exam.outvoted,
            outcome: exam.outcome ?? null,
          },
    steps: stepsOf(steps),
  };
}

function describe({ verdict, steps, exam }: ExamReport): string {
  const about =
    exam === undefined
      ? []
      : [
          `exam ${exam.examId} of ${exam.nodeId} from the pool ${exam.pool}, closed at ${formatRfc3339(exam.closedAtMs)}: ${exam.outcome === undefined ? 'no verdict is shown' : EXAM_OUTCOMES[exam.outcome]}`,
        ];
  return describeSteps(about, steps, verdict);
}
