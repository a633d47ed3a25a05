// Sorts failures by what they mean for the operator: can another start succeed although nobody has changed
// anything?

import { errorCodeOf, HostError, type HostErrorCode } from './host-error.ts';

/**
 * `settings`: somebody must first correct a setting, a file or its mode. `storage`: the file system is full,
 * the disk fails or a lock is held, which may pass. `address`: another process has the port, or this host
 * lacks the address for now.
 * `running`: another process of this program holds the directory. `connection`: the other end. `other`: none
 * of these.
 */
export type FailureKind = 'settings' | 'storage' | 'address' | 'running' | 'connection' | 'other';

/** `by the system`: the code of the operating system or of SQLite decides; see {@link ofSystem}. */
const KINDS: Readonly<Record<HostErrorCode, FailureKind | 'by the system'>> = {
  invalid_argument: 'other',
  database_unavailable: 'by the system',
  database_locked: 'storage',
  database_full: 'storage',
  database_not_sqlite: 'settings',
  database_read_only: 'settings',
  database_newer: 'settings',
  database_pragma: 'settings',
  migration_changed: 'settings',
  migration_failed: 'by the system',
  schema_unexpected: 'settings',
  storage_unavailable: 'storage',
  group_commit_closed: 'other',
  group_commit_broken: 'other',
  group_commit_overloaded: 'storage',
  file_missing: 'settings',
  file_exists: 'settings',
  file_unsafe: 'settings',
  file_too_large: 'settings',
  file_io: 'by the system',
  envelope_invalid: 'settings',
  config_unreadable: 'settings',
  config_invalid: 'settings',
  locked: 'running',
  pin_mismatch: 'connection',
  tls_untrusted: 'connection',
  connection_failed: 'connection',
  wrong_listener: 'connection',
  response_too_large: 'connection',
  response_unexpected: 'connection',
};

/**
 * The kind of failure of a thrown value. A HostError's code decides, or else the system's code in the value.
 */
export function failureKindOf(error: unknown): FailureKind {
  if (!(error instanceof HostError)) return ofSystem(errorCodeOf(error) ?? '');
  const kind = KINDS[error.code];
  return kind === 'by the system' ? ofSystem(errorCodeOf(error.cause) ?? '') : kind;
}

const SETTINGS = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ELOOP',
  'ENAMETOOLONG',
]);
const STORAGE = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM', 'EBUSY', 'ETXTBSY']);
const ADDRESS = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);

/** @param code a code of the system or of SQLite */
function ofSystem(code: string): FailureKind {
  if (SETTINGS.has(code) || /^SQLITE_(READONLY|NOTADB|CORRUPT)/.test(code)) return 'settings';
  if (STORAGE.has(code) || /^SQLITE_(FULL|IOERR|BUSY|LOCKED|NOMEM|CANTOPEN)/.test(code)) return 'storage';
  return ADDRESS.has(code) ? 'address' : 'other';
}
