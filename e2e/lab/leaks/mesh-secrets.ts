// The secrets that the files of a mesh hold, each with the place where it belongs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEnvelopeSealer, openSqlite } from '@mesh/host';
import { parseJoinToken } from '@mesh/protocol';
import type { KnownSecret } from './find-spelled.ts';

/** The keys file of an agent, behind its header: see the agent's key-files.ts. */
const KEYS_HEADER = 'mesh-agent-keys/1\n';
const KEY_NAMES = ['identity key', 'WireGuard key a', 'WireGuard key b'];

const MASTER_KEY = 'master.key';

/** The root of a node's file system, as this process sees it: a node may have mounts of its own. */
export type RootOf = (node: string) => string;

/**
 * Of a mesh that runs or has run in this folder: the master key, what the controller has sealed under it, and
 * the keys and join tokens of the nodes.
 */
export const secretsOfMesh = (
  workDir: string,
  nodes: readonly string[],
  rootOf: RootOf = () => '/',
): KnownSecret[] => [
  { name: 'master key', bytes: readFileSync(join(workDir, MASTER_KEY)), home: MASTER_KEY },
  ...controllerKeys(join(workDir, MASTER_KEY), join(workDir, 'controller', 'controller.db')),
  ...nodes.flatMap((node) => [...nodeKeys(join(rootOf(node), workDir), node), ...tokensOf(workDir, node)]),
];

/** What a controller has sealed. @param masterKey the file with its key */
export function controllerKeys(masterKey: string, database: string): KnownSecret[] {
  const envelopes = createEnvelopeSealer(readFileSync(masterKey));
  const db = openSqlite(database, { migrations: [] });
  try {
    const rows = db.prepare('SELECT name, sealed FROM sealed_secrets').all() as {
      name: string;
      sealed: Uint8Array;
    }[];
    return rows.map(({ name, sealed }) => ({
      name: `the controller's key ${name}`,
      // PKCS #8 ends with the private key itself.
      bytes: Buffer.from(envelopes.open({ purpose: 'controller-key', aad: name }, sealed)).subarray(-32),
      home: undefined,
    }));
  } finally {
    db.close();
  }
}

export function nodeKeys(workDir: string, node: string): KnownSecret[] {
  const home = join(node, 'state', 'keys');
  const keys = readFileSync(join(workDir, home)).subarray(KEYS_HEADER.length);
  return KEY_NAMES.map((name, at) => ({
    name: `${name} of ${node}`,
    bytes: keys.subarray(32 * at, 32 * (at + 1)),
    home,
  }));
}

function tokensOf(workDir: string, node: string): KnownSecret[] {
  const home = join(node, 'join-token');
  const token = readFileSync(join(workDir, home), 'utf8').trim();
  return [
    { name: `join token of ${node}`, bytes: Buffer.from(token), home },
    { name: `secret in the join token of ${node}`, bytes: parseJoinToken(token).secret, home },
  ];
}
