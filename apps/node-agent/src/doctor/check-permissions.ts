// Are the agent's files its own, and closed to everybody else?

import { lstatSync, type Stats } from 'node:fs';
import { readSecretFile } from '@mesh/host';
import { messageOf } from '../errors/agent-error.ts';
import type { StateDir } from '../identity/state-dir.ts';
import { type Finding, failed, ok, skipped, worstOf } from './finding.ts';

export interface PermissionsInput {
  readonly dir: StateDir;
  readonly runtimeDir: string;
  /** Further files that only the agent may read: API keys. */
  readonly secretFiles: readonly string[];
  readonly uid: number;
}

export function checkPermissions({ dir, runtimeDir, secretFiles, uid }: PermissionsInput): Finding {
  const state = statOf(dir.path);
  const found = [
    ...(state === undefined ? [] : [...checkFolder(dir.path, state, uid), ...checkState(dir, uid)]),
    ...checkRuntime(runtimeDir, uid),
    ...secretFiles.flatMap(checkSecret),
  ];
  const fine =
    state === undefined
      ? skipped(`${dir.path} does not exist yet: mesh-agent enrol makes it`)
      : ok(`${dir.path} and what is in it belong to user ${uid} alone`);
  return worstOf(found, fine);
}

function checkState(dir: StateDir, uid: number): Finding[] {
  const secrets = [dir.keys, dir.nextKeys].filter((path) => statOf(path) !== undefined);
  const others = [dir.enrolment, dir.sequences, dir.spool, dir.lease, dir.journal].flatMap((path) => {
    const stat = statOf(path);
    return stat === undefined ? [] : checkOwner(path, stat, uid);
  });
  return [...secrets.flatMap(checkSecret), ...others];
}

function checkRuntime(path: string, uid: number): Finding[] {
  const stat = statOf(path);
  return stat === undefined ? [] : checkFolder(path, stat, uid);
}

function checkFolder(path: string, stat: Stats, uid: number): Finding[] {
  if (!stat.isDirectory()) return [failed(`${path} is no folder: move it away, or name another one`)];
  const isOpen = (stat.mode & 0o077) !== 0;
  return [
    ...checkOwner(path, stat, uid),
    ...(isOpen ? [failed(`others may open ${path} (mode ${modeText(stat)}): run chmod 700 ${path}`)] : []),
  ];
}

function checkOwner(path: string, stat: Stats, uid: number): Finding[] {
  if (stat.uid === uid) return [];
  return [
    failed(
      `${path} belongs to user ${stat.uid}, not to user ${uid}: run chown -R ${uid} ${path}, or run this as the agent's user`,
    ),
  ];
}

/** Reads it as the agent does, which checks owner and mode. */
function checkSecret(path: string): Finding[] {
  try {
    readSecretFile(path).dispose();
    return [];
  } catch (error) {
    return [failed(messageOf(error))];
  }
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function modeText(stat: Stats): string {
  return (stat.mode & 0o777).toString(8).padStart(4, '0');
}
