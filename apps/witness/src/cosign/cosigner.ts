// Cosigns the heads of logs that only grow (C2SP tlog-witness). What is compared, signed and stored for one
// request is one step that nothing else comes between.

import {
  type AddCheckpointRequest,
  type CheckpointJudgement,
  haveSameKey,
  judgeCheckpoint,
  type Note,
  type NoteSignature,
  newestTimeSeconds,
  parseNote,
  renderNote,
  type SigningKey,
  signCheckpoint,
  type VerifierKey,
} from '@mesh/audit';
import type { Head, Heads } from '../store/heads.ts';
import type { LogAllowance } from './log-allowance.ts';

export interface FollowedLog {
  readonly origin: string;
  readonly keys: readonly VerifierKey[];
}

export interface CosignerPorts {
  readonly keys: readonly SigningKey[];
  readonly logs: ReadonlyMap<string, FollowedLog>;
  readonly heads: Heads;
  readonly allowance: LogAllowance;
  readonly nowMs: () => number;
}

export type Cosigned = {
  readonly status: 200;
  readonly cosignatures: readonly NoteSignature[];
};

/** The log has signed too many heads within a minute. */
interface Postponed {
  readonly status: 429;
  readonly waitSeconds: number;
}

interface NewestHead extends Head {
  /** Its checkpoint. */
  readonly note: Note;
}

/** The log of a request, and the newest head of it that was cosigned. */
interface Asked {
  readonly log: FollowedLog;
  readonly latest: NewestHead | undefined;
}

export type CosignOutcome =
  | Cosigned
  | Exclude<CheckpointJudgement, { readonly status: 200 } | { readonly status: 409 }>
  | { readonly status: 409; readonly why: 'size'; readonly size: number }
  /** `head` is what was cosigned; undefined if that is nothing, and the checkpoint is of an empty tree. */
  | { readonly status: 409; readonly why: 'root'; readonly origin: string; readonly head: Head | undefined }
  | Postponed;

/** A head that is sent again gets the cosignatures that it has, as long as they are no older. */
const REUSED_FOR_SECONDS = 30;

export class Cosigner {
  readonly #ports: CosignerPorts;

  constructor(ports: CosignerPorts) {
    this.#ports = ports;
  }

  /**
   * Judges a checkpoint. If it is cosigned, it is on disk as the log's newest when this returns.
   * @throws what the store throws; then no cosignature has been given out
   */
  add(request: AddCheckpointRequest): CosignOutcome {
    const { heads, logs } = this.#ports;
    return heads.alone(() => {
      let asked: Asked | undefined;
      const judgement = judgeCheckpoint(request, (origin) => {
        const log = logs.get(origin);
        if (log === undefined) return undefined;
        const head = heads.latest(origin);
        const latest = head && { ...head, note: parseNote(head.checkpoint) };
        asked = { log, latest };
        if (latest === undefined) return log;
        return { ...log, latest: { ...latest, timeSeconds: newestTimeSeconds(latest.note, log.keys) } };
      });
      if (judgement.status === 409 && judgement.why === 'root') {
        const { log, latest } = asked as Asked;
        return { status: 409, why: 'root', origin: log.origin, head: latest };
      }
      if (judgement.status !== 200) return judgement;
      return this.#cosign(request.checkpoint, judgement, asked as Asked);
    });
  }

  #cosign(
    note: string,
    { checkpoint, text }: CheckpointJudgement & { status: 200 },
    { log: { origin, keys: logKeys }, latest }: Asked,
  ): Cosigned | Postponed {
    const { heads, keys, allowance, nowMs } = this.#ports;
    const { size, root } = checkpoint;
    const now = Math.floor(nowMs() / 1000);
    const again = latest === undefined ? undefined : this.#cosignaturesOf(latest, text, now);
    if (again !== undefined) return { status: 200, cosignatures: again };
    const waitSeconds = allowance.waitSeconds(origin);
    if (waitSeconds > 0) return { status: 429, waitSeconds };
    const cosignatures = keys.map((key) => signCheckpoint(key, text, now));
    // Of the signatures by known keys, none was wrong. Others are not passed on.
    const known = parseNote(note).signatures.filter((line) => logKeys.some((key) => haveSameKey(line, key)));
    heads.replace(origin, {
      size,
      root,
      checkpoint: renderNote({ text, signatures: [...known, ...cosignatures] }),
      cosignedAtSeconds: now,
    });
    allowance.count(origin);
    return { status: 200, cosignatures };
  }

  /** @returns undefined if the head is another one, or if its cosignatures are old */
  #cosignaturesOf(
    { note, cosignedAtSeconds }: NewestHead,
    text: string,
    now: number,
  ): NoteSignature[] | undefined {
    const age = now - cosignedAtSeconds;
    if (note.text !== text || age < 0 || age > REUSED_FOR_SECONDS) return undefined;
    return note.signatures.filter((line) => this.#ports.keys.some(({ key }) => haveSameKey(line, key)));
  }
}
