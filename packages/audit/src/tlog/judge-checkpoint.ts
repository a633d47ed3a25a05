// What a witness does with a checkpoint that a log sends (C2SP tlog-witness, "add-checkpoint"): pure, so that
// the store of the newest checkpoint can compare and write it in one step.

import { type Ed25519Verify, equalBytes } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { parseNote } from '../note/note-text.ts';
import type { VerifierKey } from '../note/verifier-key.ts';
import { verifyConsistency } from '../tree/consistency-proof.ts';
import { emptyTreeRoot } from '../tree/tree-hashes.ts';
import type { AddCheckpointRequest } from './add-checkpoint.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { openCheckpoint } from './open-checkpoint.ts';

/** The newest checkpoint of a log that the witness has cosigned. */
export interface LatestCheckpoint extends Pick<Checkpoint, 'size' | 'root'> {
  /** When the log itself has cosigned it, in seconds since 1970; absent if it signs without a time. */
  readonly timeSeconds?: number | undefined;
}

/** A log that the witness follows. */
export interface WitnessedLog {
  readonly origin: string;
  readonly keys: readonly VerifierKey[];
  /** Undefined before the first. */
  readonly latest?: LatestCheckpoint | undefined;
}

export type CheckpointJudgement =
  /** Store it as the newest, durably, and only then send cosignatures of its text. */
  | { readonly status: 200; readonly checkpoint: Checkpoint; readonly text: string }
  /** The checkpoint has no form, or is smaller than the size that the log names as old. */
  | { readonly status: 400; readonly why: string }
  /** No key of the log has signed it. */
  | { readonly status: 403 }
  /** The log is not followed. */
  | { readonly status: 404 }
  /** The old size is another than that of the newest checkpoint, which is `size`. */
  | { readonly status: 409; readonly why: 'size'; readonly size: number }
  /** Of the size of the newest checkpoint, with another root: the log shows two histories. */
  | { readonly status: 409; readonly why: 'root'; readonly size: number }
  /**
   * The proof does not lead from the newest checkpoint to this one, or the log says that it has signed this
   * one before that.
   */
  | { readonly status: 422; readonly why: 'proof' | 'time' };

/** @param logs looked up by the origin line, before anything has been verified */
export function judgeCheckpoint(
  request: AddCheckpointRequest,
  logs: (origin: string) => WitnessedLog | undefined,
  verify?: Ed25519Verify,
): CheckpointJudgement {
  try {
    const log = logs(parseCheckpoint(parseNote(request.checkpoint).text).origin);
    return log === undefined ? { status: 404 } : judge(request, log, verify);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return error.code === 'unverified_note' ? { status: 403 } : { status: 400, why: error.message };
  }
}

/** @throws AuditError what `openCheckpoint` throws */
function judge(
  { oldSize, proof, checkpoint: note }: AddCheckpointRequest,
  { origin, keys, latest }: WitnessedLog,
  verify: Ed25519Verify | undefined,
): CheckpointJudgement {
  const trust = verify === undefined ? { origin, logKeys: keys } : { origin, logKeys: keys, verify };
  const { checkpoint, text, signatures } = openCheckpoint(note, trust);
  if (oldSize > checkpoint.size)
    return { status: 400, why: 'the checkpoint is smaller than the size that the request names as old' };
  const known = latest ?? { size: 0, root: emptyTreeRoot() };
  if (oldSize !== known.size) return { status: 409, why: 'size', size: known.size };
  if (oldSize === checkpoint.size && !equalBytes(checkpoint.root, known.root))
    return { status: 409, why: 'root', size: known.size };
  const growth = {
    oldSize,
    oldRoot: known.root,
    newSize: checkpoint.size,
    newRoot: checkpoint.root,
    proof,
  };
  if (!verifyConsistency(growth)) return { status: 422, why: 'proof' };
  const times = signatures.map(({ timeSeconds }) => timeSeconds ?? Number.POSITIVE_INFINITY);
  if (Math.min(...times) < (latest?.timeSeconds ?? 0)) return { status: 422, why: 'time' };
  return { status: 200, checkpoint, text };
}
