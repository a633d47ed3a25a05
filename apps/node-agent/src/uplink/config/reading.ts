// The result of reading a part of an answer: its value, and the faults of what could not be read. Pure.

import { messageOf } from '../../errors/agent-error.ts';

export interface Reading<T> {
  readonly value: T;
  /** Each fault names a part that was left out, and the reason, as it is reported. */
  readonly faults: readonly string[];
}

/** A part that was read in full. */
export function read<T>(value: T): Reading<T> {
  return { value, faults: [] };
}

/**
 * A part that could not be read, with the reason.
 *
 * @param faults of what was read of it before; they are reported too
 */
export function unreadable(what: string, error: unknown, faults: readonly string[] = []): Reading<undefined> {
  return { value: undefined, faults: [...faults, `${what}: ${messageOf(error)}`] };
}

/** The values that could be read, and the faults of all. */
export function gathered<T>(readings: readonly Reading<T | undefined>[]): Reading<T[]> {
  return {
    value: readings.flatMap(({ value }) => (value === undefined ? [] : [value])),
    faults: readings.flatMap(({ faults }) => faults),
  };
}
