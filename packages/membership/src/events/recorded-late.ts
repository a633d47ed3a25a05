// Decisions that were in force before the disk took them.

/** Set where a decision was taken earlier than its entry is dated, on what was true then. */
export type RecordedLate = true;
