// What is said of one value of a policy that makes something easier.

export function* falls(name: string, before: number, after: number): Generator<string> {
  if (!(after >= before)) yield `${name} falls from ${before} to ${after}`;
}

/** Absent means no limit, which no number exceeds. */
export function* rises(
  name: string,
  before: number | undefined,
  after: number | undefined,
): Generator<string> {
  if (before === undefined || (after !== undefined && after <= before)) return;
  yield after === undefined
    ? `${name} is no longer ${before}: there is no limit`
    : `${name} rises from ${before} to ${after}`;
}

/** For a value of which less makes one thing easier, and more another. */
export function* changes<Value extends string | number>(
  name: string,
  before: Value,
  after: Value,
): Generator<string> {
  if (before !== after) yield `${name} changes from ${before} to ${after}`;
}
