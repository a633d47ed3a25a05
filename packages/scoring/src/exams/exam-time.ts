// How an examiner divides the time of an exam: it puts its questions, and has the rest for grading and
// sending.

/** What is left of an exam for grading and sending: this share of it, and no more than this. */
const RESERVED_SHARE = 0.2;
export const MOST_RESERVED_MS = 60_000;

/** What is kept of an exam's time for grading and sending, milliseconds. */
export const reservedMs = (examMs: number): number => Math.min(MOST_RESERVED_MS, RESERVED_SHARE * examMs);
