// Whom to believe about heads of the log that were kept outside the database.

import {
  type Checkpoint,
  openCheckpoint,
  parseVerifierKey,
  type VerifiedSignature,
  type VerifierKey,
} from '@mesh/audit';
import type { Database } from 'better-sqlite3';
import type { Sealer } from './at-rest-sealer.ts';
import { logOrigin, type OriginSettings } from './log-origin.ts';
import { openLogKeys } from './stored-log-keys.ts';

export interface WitnessKeys {
  readonly url: string;
  readonly keys: readonly VerifierKey[];
}

export interface HeadTrust {
  readonly origin: string;
  /** The keys that sign or have signed the log, as far as the database knows them. */
  readonly logKeys: readonly VerifierKey[];
  readonly witnesses: readonly WitnessKeys[];
}

interface TrustSettings extends OriginSettings {
  readonly log: OriginSettings['log'] & {
    readonly witnesses: readonly { readonly url: string; readonly keys: readonly string[] }[];
  };
}

/** @throws ControllerError `usage` as `logOrigin` and `openLogKeys` do */
export function headTrustOf(db: Database, sealer: Sealer, config: TrustSettings): HeadTrust {
  const { origin, everyKey } = openLogKeys(db, sealer, logOrigin(db, config));
  const witnesses = config.log.witnesses.map(({ url, keys }) => ({ url, keys: keys.map(parseVerifierKey) }));
  return { origin, logKeys: everyKey, witnesses };
}

/**
 * The keys of which one has to be on a head: those of the log, and those of the witnesses. A witness cosigns
 * only what the log has signed, and knows keys of the log that an older database does not know yet.
 */
export const keysOfHeads = ({ logKeys, witnesses }: HeadTrust): readonly VerifierKey[] => [
  ...logKeys,
  ...witnesses.flatMap(({ keys }) => keys),
];

/** @throws AuditError unless the log has signed it or a witness has cosigned it */
export const openHead = (note: string, trust: HeadTrust): Checkpoint =>
  openCheckpoint(note, { origin: trust.origin, logKeys: keysOfHeads(trust) }).checkpoint;

/** The witnesses whose cosignatures were verified. */
export function cosignersAmong(
  witnesses: readonly WitnessKeys[],
  cosignatures: readonly VerifiedSignature[],
): readonly WitnessKeys[] {
  return witnesses.filter(({ keys }) => cosignatures.some(({ key }) => keys.includes(key)));
}
