// The file of a policy, as several commands take it.

import { ProblemError } from '@mesh/protocol';
import { CliError } from '../errors/cli-error.ts';

/** The most that the controller takes as a policy. */
export const MAX_POLICY_BYTES = 49_152;

/** Names the file in front of what is wrong with its text. */
export async function inFile<T>(file: string, pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'policy_refused') throw error;
    throw new CliError('refused', `${file}: ${error.problem.detail}`, { cause: error });
  }
}
