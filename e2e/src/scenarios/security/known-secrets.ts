// The secrets of a mesh under test, each with the places where it belongs. They are read from there, or known
// because the test has made them.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { concatBytes, lengthPrefixed, uint64be } from '@mesh/primitives';
import { parseJoinToken } from '@mesh/protocol';
import { controllerConfig } from '../../../../apps/controller/src/settings/config.ts';
import { openSealer } from '../../../../apps/controller/src/store/open-store.ts';
import { EPOCH_SECRETS, epochSecretOf } from '../../../faults/known-epoch-secrets.ts';

export interface KnownSecret {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Path of the one file where it belongs, from the work folder; undefined if it belongs into none. */
  readonly home: string | undefined;
}

/** The keys file of an agent, behind its header: see the agent's key-files.ts. */
const KEYS_HEADER = 'mesh-agent-keys/1\n';
const KEY_NAMES = ['identity key', 'WireGuard key a', 'WireGuard key b'];

/** Of a mesh that runs or has run in this folder. */
export function secretsIn(workDir: string, nodes: readonly string[], seed: string): KnownSecret[] {
  return [
    { name: 'master key', bytes: readFileSync(join(workDir, 'master.key')), home: 'master.key' },
    ...controllerKeys(workDir),
    ...nodes.flatMap((node) => nodeSecrets(workDir, node)),
    ...Array.from({ length: EPOCH_SECRETS }, (_, at) => ({
      name: `epoch secret ${at}`,
      bytes: epochSecretOf(seed, at),
      home: undefined,
    })),
  ];
}

function controllerKeys(workDir: string): KnownSecret[] {
  const config = controllerConfig.parse(JSON.parse(readFileSync(join(workDir, 'controller.json'), 'utf8')));
  const sealer = openSealer(config);
  const db = openSqlite(join(workDir, 'controller', 'controller.db'), { migrations: [] });
  try {
    const rows = db.prepare('SELECT name, sealed FROM sealed_secrets').all() as {
      name: string;
      sealed: Uint8Array;
    }[];
    return rows.map(({ name, sealed }) => ({
      name: `the controller's key ${name}`,
      // PKCS #8 ends with the private key itself.
      bytes: Buffer.from(sealer.open('controller-key', name, sealed)).subarray(-32),
      home: undefined,
    }));
  } finally {
    db.close();
  }
}

function nodeSecrets(workDir: string, node: string): KnownSecret[] {
  const home = join(node, 'state', 'keys');
  const keys = readFileSync(join(workDir, home)).subarray(KEYS_HEADER.length);
  const token = readFileSync(join(workDir, node, 'join-token'), 'utf8').trim();
  return [
    ...KEY_NAMES.map((name, at) => ({
      name: `${name} of ${node}`,
      bytes: keys.subarray(32 * at, 32 * (at + 1)),
      home,
    })),
    { name: `join token of ${node}`, bytes: Buffer.from(token), home: join(node, 'join-token') },
    {
      name: `secret in the join token of ${node}`,
      bytes: parseJoinToken(token).secret,
      home: join(node, 'join-token'),
    },
  ];
}

/**
 * Whether the secret of the epoch in force is one of those that are looked for. It is found by the epoch's
 * public commitment: see packages/psk/src/commitment.ts.
 */
export function knowsEpoch(secrets: readonly KnownSecret[], epochId: number, commitment: string): boolean {
  const head = concatBytes(lengthPrefixed('mesh/psk/v1/commitment'), uint64be(epochId));
  return secrets.some(
    ({ bytes }) => commitment === `sha256:${createHash('sha256').update(head).update(bytes).digest('hex')}`,
  );
}
