// The keys that sign the heads of the log, and nothing else: Ed25519, which every reader of logs knows, and
// ML-DSA-44 for the time when Ed25519 no longer convinces. While another pair takes the place of the first,
// both pairs sign. Who signs changes with commits only.

import { parseNote, parseVerifierKey, renderNote, signCheckpoint, type VerifierKey } from '@mesh/audit';
import type { LogKeyPair, MeshEvent } from '@mesh/membership';
import { equalBytes } from '@mesh/primitives';
import type { SigningPair } from './log-key-pair.ts';

export class LogKeys {
  /** The log's name: the first line of its checkpoints, and the name of the keys. */
  readonly origin: string;
  #present: SigningPair;
  #next: SigningPair | undefined;
  /** Keys that sign no more, and have signed heads that others keep. */
  #ended: readonly VerifierKey[];
  /** By name. */
  readonly #offered = new Map<string, SigningPair>();

  constructor(
    origin: string,
    present: SigningPair,
    { next, ended }: { readonly next: SigningPair | undefined; readonly ended: readonly LogKeyPair[] },
  ) {
    this.origin = origin;
    this.#present = present;
    this.#next = next;
    this.#ended = ended.flatMap(({ verifierKeys }) => verifierKeys.map(parseVerifierKey));
  }

  get present(): LogKeyPair {
    return this.#present.pair;
  }
  /** The pair that is to sign alone, and signs already; undefined if no change is under way. */
  get next(): LogKeyPair | undefined {
    return this.#next?.pair;
  }

  /**
   * The texts of the keys that sign, as witnesses and monitors are configured with them: of each pair Ed25519
   * first.
   */
  get verifierKeys(): readonly string[] {
    return [...this.present.verifierKeys, ...(this.next?.verifierKeys ?? [])];
  }

  /** Every key that signs or has signed heads. */
  get everyKey(): readonly VerifierKey[] {
    return [...this.#ended, ...this.#signing().map(({ key }) => key)];
  }

  /**
   * The signed note of a checkpoint. Deterministic: with the same keys, the same text and time give the same
   * note.
   *
   * @param text of the checkpoint
   * @param timeSeconds since 1970, of the signatures by ML-DSA-44
   */
  readonly sign = (text: string, timeSeconds: number): string =>
    renderNote({
      text,
      signatures: this.#signing().map((key) => signCheckpoint(key, text, timeSeconds)),
    });

  /** The name of the next pair, if the note bears its signatures: one that this log has signed. */
  nextSignerOf(note: string): string | undefined {
    return this.nextAlone(note) === undefined ? undefined : this.next?.publicKey;
  }

  /** The note with the signatures of the next pair alone; undefined if it does not bear both. */
  nextAlone(note: string): string | undefined {
    const keys = this.#next?.keys ?? [];
    const { text, signatures } = parseNote(note);
    const alone = signatures.filter((line) => keys.some(({ key }) => equalBytes(line.keyId, key.keyId)));
    return keys.length === 0 || alone.length < keys.length
      ? undefined
      : renderNote({ text, signatures: alone });
  }

  /** Call it before the command that announces this pair: it signs from that commit on. */
  offer(next: SigningPair): void {
    this.#offered.set(next.pair.publicKey, next);
  }

  /** Call it after that command, whatever came of it. */
  withdraw({ publicKey }: LogKeyPair): void {
    this.#offered.delete(publicKey);
  }

  /** Call it with each commit, before a head is signed over it. */
  onCommit(events: readonly MeshEvent[]): void {
    for (const event of events) {
      if (event.type === 'log_key_prepared') this.#next = this.#offered.get(event.next.publicKey);
      else if (event.type === 'log_key_aborted') this.#next = undefined;
      else if (event.type === 'log_key_finished' && this.#next !== undefined) {
        this.#ended = [...this.#ended, ...this.#present.keys.map(({ key }) => key)];
        this.#present = this.#next;
        this.#next = undefined;
      }
    }
  }

  #signing() {
    return [...this.#present.keys, ...(this.#next?.keys ?? [])];
  }
}
