// Handles fields that may be missing. Under `exactOptionalPropertyTypes`, a missing field differs from a
// field with the value undefined. For `in` and Object.keys they differ too.

/** The fields of `T`, where each that may be undefined becomes optional and loses undefined. */
export type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * A copy without the fields whose value is undefined: `{ host, ...defined({ port, zone }) }`. Every other
 * value stays, also null and false. Use it only for objects that are written in code: a parsed object would
 * lose its `__proto__`.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  const given = fields as Record<string, unknown>;
  const kept: Record<string, unknown> = {};
  // Not Object.entries, which takes four times as long.
  for (const name of Object.keys(fields)) {
    if (given[name] !== undefined) kept[name] = given[name];
  }
  return kept as Defined<T>;
}
