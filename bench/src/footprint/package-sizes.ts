// The size of what would be published, and of what a program brings along: its production dependencies, as
// they are installed in this workspace.

import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type PublishedPackage, packPackage } from '../../../scripts/lib/published-packages.mjs';

export interface PackageSize {
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

export interface TreeSize {
  /** Without the program itself. */
  readonly packages: number;
  readonly bytes: number;
}

/** @throws Error if the package is not built */
export function sizeOf(published: PublishedPackage): PackageSize {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-footprint-'));
  try {
    const tarball = readFileSync(packPackage(published, folder));
    return { packedBytes: tarball.length, unpackedBytes: unpackedSize(gunzipSync(tarball)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const BLOCK_BYTES = 512;

/** The sizes of the files in a tar archive: an octal number in each header, 124 bytes in (POSIX ustar). */
function unpackedSize(tar: Buffer): number {
  let total = 0;
  for (let at = 0; at + BLOCK_BYTES <= tar.length && tar[at] !== 0; ) {
    const bytes = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    total += bytes;
    at += BLOCK_BYTES * (1 + Math.ceil(bytes / BLOCK_BYTES));
  }
  return total;
}

/** @param folder of the program's package, with its dependencies installed */
export function dependencyTree(folder: string): TreeSize {
  const found = new Set<string>();
  collect(folder, found);
  return { packages: found.size, bytes: [...found].reduce((sum, each) => sum + installedSize(each), 0) };
}

function collect(folder: string, found: Set<string>): void {
  const { dependencies = {}, optionalDependencies = {} } = manifestOf(folder);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const installed = resolvePackage(name, folder);
    // An optional dependency may be for another platform.
    if (installed === undefined || found.has(installed)) continue;
    found.add(installed);
    collect(installed, found);
  }
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** As Node looks for it: in the node_modules of each folder upwards. */
function resolvePackage(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return realpathSync(candidate);
    if (dirname(folder) === folder) return undefined;
  }
}

/** A package of this workspace lies here with its sources and tests: only what is published counts. */
function installedSize(folder: string): number {
  const isOurs = !folder.includes('node_modules');
  const parts = isOurs ? [...(manifestOf(folder).files ?? []), 'package.json'] : readdirSync(folder);
  return parts
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + sizeAt(join(folder, name)), 0);
}

function sizeAt(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeAt(join(path, name)), 0);
}
