// Replaces keys of the node, one part at a time. The new ones are on disk, in a file beside the others,
// before the controller hears of them, and stay there until all of them have been taken over. So a crash at
// any moment leaves either the keys that the controller knows, or a file from which the change goes on.

import { rmSync } from 'node:fs';
import { readSecretFile, writeSecretFile } from '@mesh/host';
import { equalBytes, wipe } from '@mesh/primitives';
import {
  contentOf,
  KEY_PARTS,
  type KeyPart,
  type KeySecrets,
  loadKeys,
  makeSecret,
  type NodeKeys,
  secretsIn,
} from './key-files.ts';
import type { StateDir } from './state-dir.ts';

type KeyPaths = Pick<StateDir, 'keys' | 'nextKeys'>;

/** The keys that are to come, and which parts of them are not in use yet. */
export interface NextKeys {
  readonly keys: NodeKeys;
  readonly parts: readonly KeyPart[];
}

/**
 * Makes fresh keys for some parts and stores them beside the present ones. If a change is under way already,
 * it goes on, and nothing is made.
 *
 * @returns undefined if no part was named
 */
export function draftNextKeys(
  paths: KeyPaths,
  fresh: readonly KeyPart[],
  random: (lengthBytes: number) => Uint8Array,
): NextKeys | undefined {
  const underWay = readNextKeys(paths);
  if (underWay !== undefined) return underWay;
  withSecrets(paths.keys, (present) => {
    const made = fresh.map((part) => [part, makeSecret(part, random)] as const);
    const content = contentOf({ ...present, ...Object.fromEntries(made) });
    try {
      writeSecretFile(paths.nextKeys, content);
    } finally {
      for (const secret of [content, ...made.map(([, bytes]) => bytes)]) wipe(secret);
    }
  });
  return readNextKeys(paths);
}

/** @returns undefined if no change is under way. Where nothing is left to take over, the file is removed. */
export function readNextKeys(paths: KeyPaths): NextKeys | undefined {
  const keys = loadKeys(paths.nextKeys);
  if (keys === undefined) return undefined;
  const parts = withSecrets(paths.keys, (present) =>
    withSecrets(paths.nextKeys, (next) => KEY_PARTS.filter((part) => !equalBytes(present[part], next[part]))),
  );
  if (parts.length > 0) return { keys, parts };
  dropNextKeys(paths);
  return undefined;
}

/**
 * Puts one part of the next keys in the place of the present one.
 *
 * @returns the keys of the node from now on
 */
export function takeOverKey(paths: KeyPaths, part: KeyPart): NodeKeys {
  withSecrets(paths.keys, (present) =>
    withSecrets(paths.nextKeys, (next) => {
      const content = contentOf({ ...present, [part]: next[part] });
      try {
        writeSecretFile(paths.keys, content);
      } finally {
        wipe(content);
      }
    }),
  );
  readNextKeys(paths);
  return loadKeys(paths.keys) as NodeKeys;
}

/** Gives the change up. Only for next keys that the controller has refused. */
export function dropNextKeys({ nextKeys }: KeyPaths): void {
  rmSync(nextKeys, { force: true });
}

function withSecrets<T>(path: string, use: (secrets: KeySecrets) => T): T {
  const file = readSecretFile(path);
  try {
    return file.use((content) => {
      const secrets = secretsIn(path, content);
      try {
        return use(secrets);
      } finally {
        Object.values(secrets).forEach(wipe);
      }
    });
  } finally {
    file.dispose();
  }
}
