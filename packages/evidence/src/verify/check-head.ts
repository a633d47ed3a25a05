// The head of the log that a proof rests on: its signatures, its witnesses, and whether it continues a head
// that the reader has seen.

import {
  AuditError,
  type CheckpointTrust,
  type OpenedCheckpoint,
  openCheckpoint,
  verifyConsistency,
} from '@mesh/audit';
import { equalBytes } from '@mesh/primitives';
import type { ProofFile } from '../file/proof-file.ts';
import { type Findings, Refutation } from './findings.ts';

/** What a file says of its head. */
export type Headed = Pick<ProofFile, 'checkpoint' | 'extends'>;

export interface ProofTrust extends CheckpointTrust {
  /** How many of the witnesses must have cosigned the head. A witness is a name, however many keys it has. */
  readonly required: number;
  /** The signed note of a head that the reader has seen, from wherever. */
  readonly seen?: string | undefined;
}

export function checkHead(file: Headed, trust: ProofTrust, findings: Findings): OpenedCheckpoint {
  const opened = open(file.checkpoint, trust, 'the head');
  const { size } = opened.checkpoint;
  const witnesses = new Set(opened.cosignatures.map(({ key }) => key.name));
  if (witnesses.size < trust.required)
    throw new Refutation(
      'head',
      'too_few_cosignatures',
      `${witnesses.size} of the witnesses have cosigned the head, and ${trust.required} are asked for`,
    );
  findings.shown(
    'head',
    `the log ${trust.origin} has signed a head over ${size} entries, which ${witnesses.size} of the given witnesses have cosigned`,
  );
  if (trust.seen !== undefined) {
    checkHistory(opened, open(trust.seen, trust, 'the head that was seen'), file);
    findings.shown('history', 'it has the same history as the head that was seen');
  }
  return opened;
}

function open(note: string, trust: ProofTrust, what: string): OpenedCheckpoint {
  try {
    return openCheckpoint(note, trust);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const code = error.code === 'wrong_origin' ? 'wrong_log' : 'head_not_trusted';
    throw new Refutation('head', code, `${what} is not one of this log: ${error.message}`);
  }
}

function checkHistory(
  { checkpoint: now }: OpenedCheckpoint,
  { checkpoint: seen }: OpenedCheckpoint,
  file: Headed,
): void {
  const forked = (why: string) =>
    new Refutation('history', 'other_history', `the log has shown two histories: ${why}`);
  if (seen.size === now.size && !equalBytes(seen.root, now.root))
    throw forked(`its heads over ${now.size} entries have different roots`);
  if (seen.size === now.size) return;
  if (seen.size > now.size || file.extends?.size !== seen.size)
    throw new Refutation(
      'history',
      'not_linked',
      `the file does not link its head (${now.size} entries) to the head that was seen (${seen.size}): have it made again with --seen`,
    );
  const grew = verifyConsistency({
    oldSize: seen.size,
    oldRoot: seen.root,
    newSize: now.size,
    newRoot: now.root,
    proof: file.extends.path,
  });
  if (!grew) throw forked(`the head over ${now.size} entries does not continue the one over ${seen.size}`);
}
