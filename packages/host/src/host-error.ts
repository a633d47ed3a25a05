/**
 * The errors of this package: a closed set of codes for what went wrong, and a message that says what to do
 * next.
 */

export type HostErrorCode =
  | 'invalid_argument'
  | 'database_unavailable'
  | 'database_locked'
  | 'database_full'
  | 'database_not_sqlite'
  | 'database_read_only'
  | 'database_newer'
  | 'database_pragma'
  | 'migration_changed'
  | 'migration_failed'
  | 'schema_unexpected'
  | 'storage_unavailable'
  | 'group_commit_closed'
  | 'group_commit_broken'
  | 'group_commit_overloaded'
  | 'file_missing'
  | 'file_exists'
  | 'file_unsafe'
  | 'file_too_large'
  | 'file_io'
  | 'envelope_invalid'
  | 'config_unreadable'
  | 'config_invalid'
  | 'locked'
  | 'pin_mismatch'
  | 'tls_untrusted'
  | 'connection_failed'
  | 'wrong_listener'
  | 'response_too_large'
  | 'response_unexpected';

export class HostError extends Error {
  override readonly name: string = 'HostError';
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The disk could not take a batch: nothing in it was acknowledged, and memory was rolled back. After a crash
 * an unacknowledged item may still be on disk, because its frames can reach the file before the sync fails.
 * So a retry must be idempotent.
 */
export class StorageUnavailable extends HostError {
  override readonly name: string = 'StorageUnavailable';

  constructor(message: string, options?: { cause?: unknown }) {
    super('storage_unavailable', message, options);
  }
}

/** The code of a thrown value, such as `EACCES` or `SQLITE_FULL`; undefined if it has no code. */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
