// A canary suite: its shape, and its reader from YAML.

import { expandSuite } from './expand-suite.ts';
import { type AssertionType, suiteSchema } from './suite-schema.ts';
import { readSuiteText } from './suite-text.ts';

export interface Assertion {
  readonly type: AssertionType;
  /**
   * The text to look for; the pattern in ECMAScript syntax (flag `u`, unanchored); the range of lengths; the
   * JSON that the answer must hold, or nothing; the text that the answer must be like; the criterion of a
   * judge.
   */
  readonly value: string;
  readonly ignoreCase: boolean;
  /** How alike a `similar` answer must be, above 0 and at most 1; default 0.8. */
  readonly threshold?: number;
  readonly weight: number;
}

export interface SuitePrompt {
  readonly id: string;
  /** The score that this prompt counts towards, in addition to `overall`. */
  readonly dimension: string;
  readonly prompt: string;
  readonly weight: number;
  readonly assert: readonly Assertion[];
  /** In a pool of exam items: the id of the item that this one asks in other words. */
  readonly paraphraseOf?: string;
}

export interface Suite {
  readonly name: string;
  readonly version: string;
  /** The system message that goes before every prompt; absent: the service's own behaviour is measured. */
  readonly system?: string | undefined;
  readonly prompts: readonly SuitePrompt[];
}

/**
 * Reads a suite from YAML 1.2 (and so from JSON). Unknown keys, repeated keys, aliases, custom tags and
 * multiple documents are refused, so that what a reviewer reads is what runs. Patterns are compiled to check
 * their syntax, never run. Groups, variables and repeats are written out.
 *
 * @throws HarnessError `invalid_suite`; the message names line and path of every problem.
 */
export function parseSuite(text: string): Suite {
  const { written, refuse } = readSuiteText(text, suiteSchema);
  const suite = expandSuite(written);
  if ('problems' in suite) throw refuse(suite.problems);
  return suite;
}
