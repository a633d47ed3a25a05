// `npm test` is to end within minutes. Variants that show little more and take long are left to
// `npm run e2e -- tests`.

/** Set for a run with all variants. */
export const IN_FULL = process.env.E2E_IN_FULL === 'yes';

/** The variants of a test: those of each run, and those of a run in full. */
export function variants<Variant>(always: readonly Variant[], inFull: readonly Variant[]): Variant[] {
  return IN_FULL ? [...always, ...inFull] : [...always];
}

/** Every nth case in each run, beginning with the first; all of them in a run in full. */
export function everyNth<Case>(n: number, cases: readonly Case[]): Case[] {
  return cases.filter((_, at) => IN_FULL || at % n === 0);
}

/** Defines tests for a run in full. */
export function whenInFull(define: () => void): void {
  if (IN_FULL) define();
}
