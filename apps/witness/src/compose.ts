// Puts a witness together: the only place, beside main.ts, that constructs the real things.

import { existsSync } from 'node:fs';
import { parseVerifierKey } from '@mesh/audit';
import {
  acquireProcessLock,
  type Clock,
  closeAll,
  createAddressRateLimit,
  LogField,
  type Logger,
  makePrivateDirectory,
  openSqlite,
  plainAddress,
  systemClock,
  systemTimers,
} from '@mesh/host';
import { Cosigner, type FollowedLog } from './cosign/cosigner.ts';
import { keepEvidence } from './cosign/evidence.ts';
import { LogAllowance } from './cosign/log-allowance.ts';
import { WitnessError } from './errors/witness-error.ts';
import { openListener } from './http/open-listener.ts';
import { createWitnessApp } from './http/witness-app.ts';
import { readWitnessKeys, verifierKeysOf } from './identity/witness-keys.ts';
import { pathsOf, type WitnessConfig } from './settings/config.ts';
import { type Heads, SqliteHeads } from './store/heads.ts';
import { checkIdentity } from './store/identity-row.ts';
import { migrations } from './store/migrations.ts';

export interface WitnessOptions {
  readonly config: WitnessConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** What a test puts around the store. */
  readonly heads?: (stored: Heads) => Heads;
}

export interface RunningWitness {
  readonly port: number;
  /** Ed25519 and ML-DSA-44. */
  readonly verifierKeys: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts a witness. Resolves when its port is open.
 * @throws HostError; WitnessError
 */
export async function startWitness(options: WitnessOptions): Promise<RunningWitness> {
  const opened: (() => unknown)[] = [];
  const close = () => closeAll(opened);
  try {
    return { ...(await compose(options, opened)), close };
  } catch (error) {
    // The first error says what to do, so an error of the closing is dropped.
    await close().catch(() => undefined);
    throw error;
  }
}

async function compose(
  { config, logger, clock = systemClock, heads: around = (stored) => stored }: WitnessOptions,
  opened: (() => unknown)[],
): Promise<Omit<RunningWitness, 'close'>> {
  const paths = pathsOf(config);
  if (!existsSync(paths.keys))
    throw new WitnessError('usage', `${paths.keys} does not exist: run mesh-witness init, or restore it`);
  const keys = readWitnessKeys(paths.keys, config.name);
  const verifierKeys = verifierKeysOf(keys);
  makePrivateDirectory(config.data_dir);
  const lock = acquireProcessLock(paths.lock);
  opened.push(() => lock.release());
  const db = openSqlite(paths.database, { migrations, openTimeoutMs: 0 });
  opened.push(() => db.close());
  checkIdentity(db, verifierKeys);
  const heads = around(new SqliteHeads(db));
  const logs = followedLogs(config);
  const allowance = new LogAllowance(config.limits.log_per_minute, () => clock.monotonicMs());
  const app = createWitnessApp({
    cosigner: new Cosigner({ keys, logs, heads, allowance, nowMs: () => clock.nowMs() }),
    logs,
    heads,
    keepEvidence: (contradiction) => keepEvidence(paths.evidence, contradiction),
    addressRateLimit: createAddressRateLimit(config.limits.address_per_minute),
    trustedProxies: new Set(config.trusted_proxies.map(plainAddress)),
    logger,
  });
  const listener = await openListener(app.fetch as never, config.listen, systemTimers);
  opened.push(() => listener.close());
  logger.info({ [LogField.port]: listener.port, [LogField.count]: logs.size }, 'witness is up');
  return { port: listener.port, verifierKeys };
}

function followedLogs({ logs }: WitnessConfig): Map<string, FollowedLog> {
  return new Map(
    logs.map(({ origin, keys }) => [origin, { origin, keys: keys.map((text) => parseVerifierKey(text)) }]),
  );
}
