// What a verification has found so far, and what ends it.

import { PrimitivesError } from '@mesh/primitives';
import { ScoringError } from '@mesh/scoring';
import type { ProofFault, ProofGap, ProofReport, ProofStep, ProofStepName } from './proof-report.ts';

/** Ends a verification. It never leaves this package. */
export class Refutation extends Error {
  readonly step: ProofStepName;
  readonly code: ProofFault;

  constructor(step: ProofStepName, code: ProofFault, sentence: string) {
    super(sentence);
    this.name = 'Refutation';
    this.step = step;
    this.code = code;
  }
}

/** The steps so far. */
export class Findings {
  readonly steps: ProofStep[] = [];

  shown(step: ProofStepName, sentence: string): void {
    this.steps.push({ step, outcome: 'shown', sentence });
  }
  missing(step: ProofStepName, code: ProofGap, sentence: string): void {
    this.steps.push({ step, outcome: 'missing', code, sentence });
  }
  /** As {@link ProofReport} has it. */
  verdict(): ProofReport['verdict'] {
    const has = (outcome: string) => this.steps.some((step) => step.outcome === outcome);
    return has('refuted') ? 'refuted' : has('missing') ? 'incomplete' : 'proven';
  }
  /** Notes what ended the verification. @throws the error again if it is another one */
  ended(error: unknown): void {
    if (!(error instanceof Refutation)) throw error;
    this.steps.push({ step: error.step, outcome: 'refuted', code: error.code, sentence: error.message });
  }
}

/** The outcome of `work` on values of the log. Values that no controller writes refute the step. */
export function orRefute<T>(step: ProofStepName, code: ProofFault, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ScoringError || error instanceof PrimitivesError)) throw error;
    throw new Refutation(step, code, `the log has a value that no controller writes: ${error.message}`);
  }
}
