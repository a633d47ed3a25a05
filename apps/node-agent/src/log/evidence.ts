// Keeps what shows that the controller's log contradicts itself: the head that this node has accepted, and
// the head that it was shown, each as the note that the log has signed. Anyone who has the log's public keys
// can check it.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf, makePrivateDirectory, writeFileAtomic } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';
import type { LogIdentity } from '@mesh/protocol';
import type { Refusal } from './judge-head.ts';
import { noteOf, type SignedLogHead } from './log-head.ts';

/** More contradictions prove nothing new, and a disk must not fill up with them. */
const MOST_FILES = 32;

export interface Contradiction {
  readonly refusal: Refusal;
  /** Undefined if no head was accepted before. */
  readonly held: SignedLogHead | undefined;
  readonly log: LogIdentity;
  readonly meshId: string;
  readonly nodeId: NodeId;
  /** Of the signed answer that named the head. */
  readonly version: string;
  /** The controller's clock in that answer, milliseconds since 1970. */
  readonly serverTimeMs: number;
}

/**
 * Stores one file for each pair of heads. The first one stays, unless it lacks the note of the head that was
 * shown and this one has it. Resolves once it is on disk.
 *
 * @returns its path; undefined if there are enough files already
 * @throws HostError `file_io`, and the errors of the file system
 */
export async function keepEvidence(
  folder: string,
  contradiction: Contradiction,
): Promise<string | undefined> {
  const { refusal, held, log } = contradiction;
  const { shown } = refusal;
  const name = `${held?.size ?? 0}-${shown.size}-${nameOf(shown.rootHash)}.json`;
  makePrivateDirectory(folder);
  const names = (await readdir(folder)).filter((file) => file.endsWith('.json'));
  const path = join(folder, name);
  const isKnown = names.includes(name);
  const note = checkpointOf(log.origin, shown);
  if (isKnown && (note === null || !(await lacksNote(path)))) return path;
  if (!isKnown && names.length >= MOST_FILES) return undefined;
  const what = {
    format: 'mesh-agent-log-evidence/1',
    mesh_id: contradiction.meshId,
    node_id: contradiction.nodeId,
    code: refusal.code,
    log,
    accepted: held === undefined ? null : describe(log.origin, held),
    shown: describe(log.origin, shown),
    consistency: refusal.consistency ?? null,
    config_version: contradiction.version,
    server_time_ms: contradiction.serverTimeMs,
  };
  try {
    await writeFileAtomic(path, `${JSON.stringify(what, null, 2)}\n`, { overwrite: isKnown });
  } catch (error) {
    if (errorCodeOf(error) !== 'file_exists') throw error;
  }
  return path;
}

/** Whether a file of this form has no note of the head that was shown. */
async function lacksNote(path: string): Promise<boolean> {
  const kept = JSON.parse(await readFile(path, 'utf8')) as {
    readonly shown?: { readonly checkpoint?: unknown };
  };
  return kept.shown?.checkpoint === null;
}

function describe(origin: string, head: SignedLogHead) {
  return { size: head.size, root_hash: head.rootHash, checkpoint: checkpointOf(origin, head) };
}

/** Null if nobody has signed the head, or if the signatures have no form. */
function checkpointOf(origin: string, head: SignedLogHead): string | null {
  try {
    return noteOf(origin, head) ?? null;
  } catch {
    return null;
  }
}

/** The first bytes of a root as part of a file's name. */
function nameOf(rootHash: string): string {
  return Buffer.from(rootHash, 'base64').subarray(0, 8).toString('hex');
}
