// Looks for known secrets in everything that a mesh has left behind or said.

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SpelledSearch } from './spelled-search.ts';

export interface KnownSecret {
  readonly name: string;
  /** At least 2 of them. */
  readonly bytes: Uint8Array;
  /** Path of the one file where it belongs, from the work folder; undefined if it belongs into none. */
  readonly home: string | undefined;
}

export interface Place {
  readonly name: string;
  readonly kind: 'file' | 'response' | 'arguments' | 'environment';
  readonly content: Buffer;
}

export interface Finding {
  readonly secret: string;
  readonly place: string;
  readonly kind: Place['kind'];
}

/** Every regular file below a folder. The programs replace some of them while they are read. */
export function filesIn(folder: string): Place[] {
  return entriesIn(folder).flatMap((path) => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
    const content = readIfThere(path);
    return content === undefined ? [] : [{ name: relative(folder, path), kind: 'file', content }];
  });
}

/** Undefined also for a file on a disk that fails, as some tests have it. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Where secrets are, except for each at home. */
export function findSpelled(secrets: readonly KnownSecret[], places: readonly Place[]): Finding[] {
  const search = new SpelledSearch(secrets.map(({ bytes }) => bytes));
  return places.flatMap(({ name, kind, content }) =>
    [...search.in(content)].flatMap((index) => {
      const secret = secrets[index];
      return secret === undefined || secret.home === name ? [] : [{ secret: secret.name, place: name, kind }];
    }),
  );
}

/** Those that were not found at home: the search would not have found them elsewhere either. */
export function notAtHome(secrets: readonly KnownSecret[], places: readonly Place[]): string[] {
  return secrets
    .filter(({ home }) => home !== undefined)
    .filter(({ home, bytes }) => {
      const place = places.find(({ name, kind }) => kind === 'file' && name === home);
      return place === undefined || new SpelledSearch([bytes]).in(place.content).size === 0;
    })
    .map(({ name }) => name);
}

/** What others than the owner may open, of what the programs have made. Only status.json is for a group. */
export function openToOthers(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) => [folder, ...entriesIn(folder)])
    .filter((path) => {
      const { mode } = lstatSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
      return (mode & (path.endsWith('status.json') ? 0o037 : 0o077)) !== 0;
    });
}

function entriesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}
