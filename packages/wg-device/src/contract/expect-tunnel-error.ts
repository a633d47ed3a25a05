// Expects an error of the tunnel port by its code.

import { expect } from 'vitest';
import { TunnelError } from '../port/tunnel-error.ts';

export async function expectCode(promise: Promise<unknown>, code: TunnelError['code']): Promise<TunnelError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TunnelError);
  expect((error as TunnelError).code, (error as TunnelError).message).toBe(code);
  return error as TunnelError;
}
