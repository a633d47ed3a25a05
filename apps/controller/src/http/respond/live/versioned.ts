// A value with the version in which it became what it is, found by comparing its text.

export interface Versioned<T> {
  readonly value: T;
  readonly text: string;
  readonly version: number;
}

/** @returns `before` itself if the value is the same */
export function versioned<T>(before: Versioned<T> | undefined, value: T, version: number): Versioned<T> {
  const text = JSON.stringify(value);
  return before?.text === text ? before : { value, text, version };
}
