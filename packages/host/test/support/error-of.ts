// The HostError that a call throws. Any other outcome, success included, fails the test.

import { HostError } from '../../src/index.ts';

export function errorOf(run: () => unknown): HostError {
  try {
    run();
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error('expected a HostError, but the call succeeded');
}

export async function rejectionOf(promise: Promise<unknown>): Promise<HostError> {
  const error = await promise.then(
    () => new Error('expected a HostError, but the promise resolved'),
    (reason: unknown) => reason,
  );
  if (error instanceof HostError) return error;
  throw error;
}
