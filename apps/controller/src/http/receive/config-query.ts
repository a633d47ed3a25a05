// The parameters of a config query: `?version=V&wait=25s&instance=I`. Each is optional.

import { ProblemError, problem } from '@mesh/protocol';

export const LONGEST_WAIT_SECONDS = 60;
const INSTANCE = /^[A-Za-z0-9_-]{8,64}$/;

export interface ConfigQuery {
  readonly version: string | undefined;
  readonly waitMs: number;
  readonly instanceId: string | undefined;
}

/** @throws ProblemError `invalid_parameter` */
export function readConfigQuery(query: Record<string, string>): ConfigQuery {
  const { version, wait, instance } = query;
  const seconds = wait === undefined ? 0 : Number(/^(\d{1,3})s$/.exec(wait)?.[1] ?? Number.NaN);
  if (!(seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS)) {
    throw new ProblemError(
      problem('invalid_parameter', `wait must be between 0s and ${LONGEST_WAIT_SECONDS}s, like 25s`),
    );
  }
  if (version !== undefined && version.length > 64)
    throw new ProblemError(problem('invalid_parameter', 'version is not one of ours'));
  if (instance !== undefined && !INSTANCE.test(instance))
    throw new ProblemError(
      problem('invalid_parameter', 'instance must be 8 to 64 characters of A-Z a-z 0-9 _ -'),
    );
  return { version, waitMs: seconds * 1000, instanceId: instance };
}
