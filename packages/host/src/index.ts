// Public names of @mesh/host.

export { type AddressRateLimit, createAddressRateLimit, networkOf } from './address-rate-limit.ts';
export {
  sweepLeftovers,
  type WriteFileAtomicOptions,
  writeFileAtomic,
  writeFileAtomicSync,
} from './atomic-file.ts';
export { checks } from './checks.ts';
export {
  type CancelTimer,
  type Clock,
  createSystemClock,
  sleep,
  systemClock,
  systemTimers,
  type TimerOptions,
  type Timers,
} from './clock.ts';
export { closerOf } from './closer-of.ts';
export type { ConfigIssue } from './config-problem.ts';
export { drawAhead } from './draw-ahead.ts';
export type { EnvelopeContext } from './envelope.ts';
export { createEnvelopeSealer, type EnvelopeSealer } from './envelope-sealer.ts';
export { exitCodesHelp } from './exit-codes-help.ts';
export { type FailureKind, failureKindOf } from './failure-kind.ts';
export { type FileLock, tryFileLock } from './file-lock.ts';
export { lastForwarded } from './forwarded-address.ts';
export { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
export type { GroupCommitHooks, GroupCommitOutcome } from './group-commit-hooks.ts';
export { errorCodeOf, HostError, type HostErrorCode, StorageUnavailable } from './host-error.ts';
export { listenPrivate } from './listen-private.ts';
export {
  type ConfigSource,
  type DescribedSetting,
  envNameOf,
  type LoadConfigOptions,
  type LoadedConfig,
  loadConfig,
} from './load-config.ts';
export { type LocatedYaml, parseLocatedYaml, type YamlPosition } from './located-yaml.ts';
export {
  type CreateLoggerOptions,
  censor,
  createLogger,
  LogField,
  type Logger,
  type LogLevel,
} from './logger.ts';
export { makePrivateDirectory } from './make-directory.ts';
export { type Migration, migrate } from './migrate.ts';
export { Nap } from './nap.ts';
export {
  type ConnectionOptions,
  createSocketFetch,
  createTlsFetch,
  type NodeFetch,
  type NodeFetchInit,
  type TlsFetchOptions,
} from './node-fetch.ts';
export { type OpenSqliteOptions, openSqlite } from './open-sqlite.ts';
export { closeAll, type Own, owning } from './owned.ts';
export { pemCertificates } from './pem-certificates.ts';
export { type FetchCaOptions, fetchCaWithPin, spkiPin } from './pinned-tls.ts';
export { plainAddress } from './plain-address.ts';
export { platformAead } from './platform-aead.ts';
export { platformSha256 } from './platform-sha256.ts';
export { platformX25519 } from './platform-x25519.ts';
export { acquireProcessLock, type ProcessLock } from './process-lock.ts';
export {
  ProgramError,
  type ProgramErrorCode,
  programExitCodeOf,
  programExitCodes,
  programExitCodesHelp,
} from './program-error.ts';
export { privateKeyFromRaw, publicKeyFromRaw, type RawKeyType, rawPublicKeyOf } from './raw-keys.ts';
export { renderSettings } from './render-settings.ts';
export { closeOnSignals, runProgram } from './run-program.ts';
export { readSecretFile, writeSecretFile } from './secret-file.ts';
export { CENSORED, isSecretName } from './secret-names.ts';
export { storageAdvice } from './storage-advice.ts';
export { syncDirectorySync, syncNameOf, syncNameOfSync } from './sync-directory.ts';
