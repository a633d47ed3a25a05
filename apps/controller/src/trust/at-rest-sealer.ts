// Seals secrets under the master key before they go into the database, so that a stolen database file does
// not reveal them.

/**
 * Authenticated encryption at rest. `purpose` (a constant) and `subject` (what the secret belongs to) are
 * authenticated: bytes that were sealed for one place cannot be opened in another.
 */
export interface Sealer {
  seal(purpose: string, subject: string, plaintext: Uint8Array): Uint8Array;
  /** @throws if the bytes were not sealed under this key for this place */
  open(purpose: string, subject: string, sealed: Uint8Array): Uint8Array;
}

/** The purposes for which the controller seals: constants that a database of any age has. */
export const SealedFor = {
  /** The key of a backup's file; the subject is the backup's id. */
  backup: 'backup',
  controllerKey: 'controller-key',
  detailBatch: 'log-detail-batch',
  details: 'log-details',
  exam: 'exam',
  examPool: 'exam-pool',
  latestBenchmark: 'latest-benchmark',
  nodeExams: 'node-exams',
  newestMessage: 'newest-message',
  told: 'configs-told',
  /** A file, which is written again and again. */
  status: 'status',
} as const;
