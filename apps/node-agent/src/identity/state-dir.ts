// The state directory, where an agent keeps what must outlive its process. Only its owner can open it.

import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCodeOf, failureKindOf, makePrivateDirectory, storageAdvice } from '@mesh/host';
import { AgentError } from '../errors/agent-error.ts';

export interface StateDir {
  readonly path: string;
  /** Every private key of the node: key-files.ts. */
  readonly keys: string;
  /** Those that are to replace them: next-keys.ts. */
  readonly nextKeys: string;
  /** The result of enrolment: enrolment-file.ts. */
  readonly enrolment: string;
  readonly sequences: string;
  /** The newest measurement that the controller has not acknowledged. */
  readonly spool: string;
  readonly lease: string;
  /** The newest head of the log that was accepted: log/head-file.ts. */
  readonly logHead: string;
  /** A folder: what shows that the log contradicts itself, log/evidence.ts. */
  readonly logEvidence: string;
  /** The controller's newest receipts: uplink/submit/receipt-file.ts. */
  readonly receipts: string;
  /** What the controller has told this node lately: uplink/config/told-file.ts. */
  readonly told: string;
  /** A folder: answers and transcripts of exams, exams/exam-folder.ts. */
  readonly exams: string;
  readonly journal: string;
  readonly lock: string;
  readonly controlSocket: string;
}

/** Only computes the paths. Nothing is created. */
export function stateDirAt(path: string): StateDir {
  const root = resolve(path);
  return {
    path: root,
    keys: join(root, 'keys'),
    nextKeys: join(root, 'keys.next'),
    enrolment: join(root, 'enrolment.json'),
    sequences: join(root, 'sequences.json'),
    spool: join(root, 'unsent-measurement.json'),
    lease: join(root, 'lease.json'),
    logHead: join(root, 'log-head.json'),
    logEvidence: join(root, 'log-evidence'),
    receipts: join(root, 'receipts.jsonl'),
    told: join(root, 'told.jsonl'),
    exams: join(root, 'exams'),
    journal: join(root, 'journal.sqlite'),
    lock: join(root, 'agent.lock'),
    controlSocket: join(root, 'control.sock'),
  };
}

/**
 * Creates the directory (0700). An empty one, as container runtimes make it, becomes private. One that holds
 * something and that others can open is refused: they may have read its keys.
 *
 * @throws AgentError `usage`, `storage`
 */
export function openStateDir(path: string): StateDir {
  const dir = stateDirAt(path);
  try {
    makePrivateDirectory(dir.path);
    const stat = statSync(dir.path);
    const self = process.geteuid?.() ?? stat.uid;
    if (stat.uid !== self) {
      throw new AgentError(
        'usage',
        `${dir.path} belongs to user ${stat.uid}, not to user ${self}: run chown -R ${self} ${dir.path}, or name another --state-dir`,
      );
    }
    if ((stat.mode & 0o077) !== 0) {
      if (readdirSync(dir.path).length > 0)
        throw new AgentError(
          'usage',
          `others may open ${dir.path} (mode ${modeText(stat.mode)}): run chmod 700 ${dir.path}`,
        );
      chmodSync(dir.path, 0o700);
    }
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const code = errorCodeOf(error) ?? 'unknown';
    throw new AgentError(
      failureKindOf(error) === 'storage' ? 'storage' : 'usage',
      `${dir.path} cannot be used as the state directory (${code}): ${storageAdvice(dir.path, code)}`,
      { cause: error },
    );
  }
  return dir;
}

const modeText = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');
