// Asserts that a call throws a WgError, and returns it.

import { expect } from 'vitest';
import { WgError, type WgErrorCode } from '../src/index.ts';

export function expectWgError(call: () => unknown, code?: WgErrorCode, hint = ''): WgError {
  let thrown: unknown;
  let returned: unknown;
  try {
    returned = call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `${hint} must be refused, gave ${String(JSON.stringify(returned))}`).toBeInstanceOf(WgError);
  const error = thrown as WgError;
  if (code !== undefined) expect(error.code, `${hint}: ${error.message}`).toBe(code);
  return error;
}
