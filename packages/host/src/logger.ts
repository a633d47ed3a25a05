/** JSON lines by pino, with field names as constants and everything that looks like a secret censored. */

import {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from 'pino';
import { LogStream, logStreamOf } from './log-stream.ts';
import { CENSORED, isSecretName } from './secret-names.ts';

export type { Logger };

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** The names of fields in log lines: dashboards and alerts rely on them. */
export const LogField = {
  component: 'component',
  meshId: 'mesh_id',
  nodeId: 'node_id',
  peerId: 'peer_id',
  peerIds: 'peer_ids',
  publicKey: 'public_key',
  epochId: 'epoch_id',
  requestId: 'request_id',
  keyId: 'key_id',
  remoteAddress: 'remote_address',
  method: 'method',
  path: 'path',
  status: 'status',
  code: 'code',
  reason: 'reason',
  durationMs: 'duration_ms',
  count: 'count',
  version: 'version',
  interfaceName: 'interface',
  interfaceNames: 'interfaces',
  slot: 'slot',
  rotation: 'rotation',
  finding: 'finding',
  prefix: 'prefix',
  table: 'table',
  address: 'address',
  since: 'since',
  until: 'until',
  allowed: 'allowed',
  delta: 'delta',
  complete: 'complete',
  overallScore: 'overall',
  jumpMs: 'jump_ms',
  refused: 'refused',
  sources: 'sources',
  nodesPort: 'nodes_port',
  publicPort: 'public_port',
  port: 'port',
  origin: 'origin',
  size: 'size',
  file: 'file',
  examId: 'exam_id',
  receiver: 'receiver',
  actor: 'actor',
  actorId: 'actor_id',
  role: 'role',
  differences: 'differences',
  wouldCut: 'would_cut',
  wouldHold: 'would_hold',
  wouldAdmit: 'would_admit',
  error: 'err',
} as const;

export interface CreateLoggerOptions {
  readonly level?: LogLevel;
  /** Where lines go; a stream for tests. */
  readonly destination?: 'stdout' | 'stderr' | DestinationStream;
  /** Fields of every line, for example `{ component: 'controller' }`. */
  readonly base?: Readonly<Record<string, unknown>>;
}

/**
 * Fields of calls and of child loggers are censored by name and by type: see {@link censor}. The message text
 * is not censored: never put an outside value into it.
 */
export function createLogger(options: CreateLoggerOptions = {}): Logger {
  const to = options.destination ?? 'stdout';
  const stream = typeof to === 'string' ? logStreamOf(to === 'stdout' ? 1 : 2) : to;
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base: { ...options.base },
    timestamp: stdTimeFunctions.isoTime,
    messageKey: 'msg',
    errorKey: LogField.error,
    formatters: {
      level: (label) => ({ level: label }),
      bindings: censorFields,
      log: censorFields,
    },
    // Errors are already plain objects when a serializer sees them.
    serializers: { err: (value: unknown) => value },
    hooks: {
      // Values interpolated into the message (%s, %o) are not fields, so censor them as well.
      logMethod(args, method) {
        const [first, ...rest] = args;
        method.apply(this, [first, ...rest.map((value: unknown) => censor(value))] as Parameters<
          typeof method
        >);
      },
    },
  };
  const logger = censorBindings(pino(settings, stream));
  if (stream instanceof LogStream)
    stream.onLost((count) =>
      logger.warn({ [LogField.count]: count }, 'log lines were lost: they were not read'),
    );
  return logger;
}

/**
 * pino runs `formatters.bindings` over the root's fields only. Children inherit these two methods, so they
 * hold for grandchildren too.
 */
function censorBindings(logger: Logger): Logger {
  const { child, setBindings } = logger;
  return Object.assign(logger, {
    child(this: Logger, bindings: Bindings, options?: ChildLoggerOptions): Logger {
      return Reflect.apply(child, this, [censorFields(bindings), options]);
    },
    setBindings(this: Logger, bindings: Bindings): void {
      setBindings.call(this, censorFields(bindings));
    },
  });
}

function censorFields(fields: Record<string, unknown>): Record<string, unknown> {
  const censored = censor(fields);
  return typeof censored === 'object' && censored !== null ? { ...censored } : {};
}

const MAX_DEPTH = 8;
const MAX_ENTRIES = 200;

/**
 * A copy that is safe to print. Values under a secret's name become `[secret]`. So do all bytes, because most
 * are keys: to show a digest, print its hex. The result of an object's `toJSON` is used, for instance by
 * SecretBytes. Errors keep their type, message, code, stack and cause.
 */
export function censor(value: unknown, depth = 0, ancestors: readonly object[] = []): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return CENSORED;
  if (ancestors.includes(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[deep]';
  const inside = [...ancestors, value];
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ENTRIES).map((item: unknown) => censor(item, depth + 1, inside));
    return value.length > MAX_ENTRIES ? [...items, `[${value.length - MAX_ENTRIES} more]`] : items;
  }
  if (value instanceof Error) return censorError(value, depth, inside);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = value.toJSON();
    return json === value ? CENSORED : censor(json, depth + 1, inside);
  }
  if (value instanceof Map) return censorEntries(value.entries(), depth, inside);
  if (value instanceof Set) return censor([...value], depth, ancestors);
  return censorEntries(Object.entries(value), depth, inside);
}

function censorEntries(entries: Iterable<[unknown, unknown]>, depth: number, inside: readonly object[]) {
  const result: Record<string, unknown> = {};
  let count = 0;
  for (const [key, item] of entries) {
    count += 1;
    if (count > MAX_ENTRIES) break;
    const name = String(key);
    const shown = isSecretName(name) && !isHarmless(item) ? CENSORED : censor(item, depth + 1, inside);
    // An assignment would not make a key named __proto__.
    Object.defineProperty(result, name, {
      value: shown,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  if (count > MAX_ENTRIES) result['…'] = '[more]';
  return result;
}

/** `has_psk: true`, `token: null`: a boolean or an absence is not a secret. */
function isHarmless(value: unknown): boolean {
  return value === null || value === undefined || typeof value === 'boolean';
}

function censorError(error: Error, depth: number, inside: readonly object[]): Record<string, unknown> {
  const own = Object.entries(error).filter(([key]) => key !== 'name' && key !== 'cause');
  return {
    type: error.name,
    message: error.message,
    ...censorEntries(own, depth, inside),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: censor(error.cause, depth + 1, inside) }),
  };
}
