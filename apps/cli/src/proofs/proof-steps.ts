// How the verification of a file is shown, step by step.

import type { ProofReport, ProofStep } from '@mesh/evidence';
import { printable } from '@mesh/protocol';

const MARK: Readonly<Record<ProofStep['outcome'], string>> = {
  shown: 'shown   ',
  missing: 'missing ',
  refuted: 'REFUTED ',
};

/** For people: what the file is about, its steps, whatever else is to be said, and the verdict. */
export function describeSteps(
  about: readonly string[],
  steps: readonly ProofStep[],
  verdict: ProofReport['verdict'],
  more: readonly string[] = [],
): string {
  const lines = steps.map(({ step, outcome, sentence }) => `${MARK[outcome]} ${step.padEnd(9)} ${sentence}`);
  return `${[...about, ...lines, ...more, `verdict: ${verdict}`].map((line) => printable(line)).join('\n')}\n`;
}

/** For programs. */
export function stepsOf(steps: readonly ProofStep[]): object[] {
  return steps.map((step) => ({
    step: step.step,
    outcome: step.outcome,
    code: step.outcome === 'shown' ? null : step.code,
    sentence: step.sentence,
  }));
}
