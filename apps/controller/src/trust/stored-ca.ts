// Where the mesh's CA and the one that is to take its place are in the database. Their private keys are
// sealed under the master key.

import type { NextCa } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { hasSecret } from './sealed-secrets.ts';

/** The name in `meta` of the present CA's certificate. */
export const CA_CERTIFICATE = 'ca_certificate';
/** The name of the first CA's key. Every later one is named after its pin. */
const FIRST_KEY = 'ca';

/** What a CA's key is named in `sealed_secrets`, and sealed for. */
export const caKeyName = (pin: string): string => `ca-${pin}`;

/** The name under which the key of a CA is in `sealed_secrets`. */
export function storedCaKeyName(db: Database, pin: string): string {
  const name = caKeyName(pin);
  return hasSecret(db, name) ? name : FIRST_KEY;
}

/** The PEM of the present CA; undefined before `init`. */
export function readCaCertificate(db: Database): string | undefined {
  const row = db.prepare('SELECT value FROM meta WHERE key = ?').get(CA_CERTIFICATE) as
    | { readonly value: string }
    | undefined;
  return row?.value;
}

/** @returns undefined if no rotation is under way */
export function readNextCa(db: Database): NextCa | undefined {
  const row = db
    .prepare(
      `SELECT pin, certificate AS certificatePem, sealed AS sealedKey
       FROM next_ca LEFT JOIN sealed_secrets ON name = 'ca-' || pin`,
    )
    .get() as Omit<NextCa, 'trustedBy'> | undefined;
  if (row === undefined) return undefined;
  const trusting = db.prepare('SELECT node_id AS nodeId FROM next_ca_trust').all() as { nodeId: NodeId }[];
  return { ...row, trustedBy: new Set(trusting.map(({ nodeId }) => nodeId)) };
}
