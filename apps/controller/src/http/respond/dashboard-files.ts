// The dashboard's files, as its build has made them. They are few and small, so they are read once, and no
// request names a path on disk.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { ProblemError, problem } from '@mesh/protocol';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** What the build has compressed, in the order in which it is offered. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

export interface DashboardFile {
  readonly type: string;
  readonly etag: string;
  /** Whether its name changes when what is in it does. */
  readonly isImmutable: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly encoded: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** By the path below `/dashboard/`. */
export type DashboardFiles = ReadonlyMap<string, DashboardFile>;

/** @throws ProblemError `not_found` where none is served */
export function servedFiles(files: DashboardFiles | undefined): DashboardFiles {
  if (files === undefined)
    throw new ProblemError(
      problem('not_found', 'this controller serves no dashboard: set dashboard.enabled, or use meshctl'),
    );
  return files;
}

/** @returns undefined if there is no such folder: this program was built without a dashboard */
export function readDashboardFiles(folder: string): DashboardFiles | undefined {
  const paths = pathsIn(folder);
  if (paths === undefined) return undefined;
  const known = new Set(paths);
  const files = paths.flatMap((path): [string, DashboardFile][] => {
    const type = TYPES[extname(path)];
    if (type === undefined) return [];
    const bytes = new Uint8Array(readFileSync(join(folder, path)));
    const digest = createHash('sha256').update(bytes).digest('base64url');
    const encoded = ENCODINGS.flatMap(([name, ending]) =>
      known.has(path + ending)
        ? [[name, new Uint8Array(readFileSync(join(folder, path + ending)))] as const]
        : [],
    );
    return [
      [
        path.split(sep).join('/'),
        {
          type,
          etag: `"${digest.slice(0, 22)}"`,
          isImmutable: path.startsWith(`assets${sep}`),
          bytes,
          encoded: new Map(encoded),
        },
      ],
    ];
  });
  return new Map(files);
}

function pathsIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
