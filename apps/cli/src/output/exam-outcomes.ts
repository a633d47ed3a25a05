/** What an exam says of a node, in words. */
export const EXAM_OUTCOMES = {
  passed: 'passed',
  failed: 'failed',
  open: 'neither passed nor failed',
} as const;
