// Proves the newest published head to nodes: the log's own signatures of it, and that the log has only grown
// since the head that the node has accepted. At a boundary nearly all nodes name the same head, so a proof is
// made once for all of them.

import { type NoteSignature, parseNote, proveConsistency, subtreesFromTiles } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { concatBytes, encodeBase64 } from '@mesh/primitives';
import type { LogProof } from '@mesh/protocol';
import type { PublishedLog } from './published-log.ts';

/** How many proofs to the newest head are kept. */
const MOST_KEPT = 1_024;

export interface LogProofsOptions {
  readonly published: Pick<PublishedLog, 'checkpoint' | 'head' | 'tile'>;
  /** The log's name, which is that of its keys too. */
  readonly origin: string;
}

export class LogProofs {
  readonly #options: LogProofsOptions;
  /** By the size that they lead from. All are to the head with this checkpoint. */
  readonly #made = new Map<number, LogProof>();
  #checkpoint: string | undefined;
  #signatures: string[] = [];

  constructor(options: LogProofsOptions) {
    this.#options = options;
  }

  /**
   * @param size of the head that the node has accepted; 0 for none
   * @returns undefined if that is the size of the newest head, or if there is none yet
   */
  from(size: number): LogProof | undefined {
    const { published } = this.#options;
    const checkpoint = published.checkpoint();
    if (checkpoint === undefined || size === published.head().size) return undefined;
    if (checkpoint !== this.#checkpoint) this.#take(checkpoint);
    const known = this.#made.get(size);
    if (known !== undefined) return known;
    const made = { signatures: this.#signatures, consistency: this.#prove(size) };
    if (this.#made.size < MOST_KEPT) this.#made.set(size, made);
    return made;
  }

  #take(checkpoint: string): void {
    this.#made.clear();
    this.#checkpoint = checkpoint;
    this.#signatures = parseNote(checkpoint)
      .signatures.filter(({ name }) => name === this.#options.origin)
      .map(textOf);
  }

  /** Empty if the node has accepted more than was published: nothing proves that. */
  #prove(oldSize: number): string[] {
    const { published } = this.#options;
    const { size } = published.head();
    if (oldSize > size) return [];
    const read = subtreesFromTiles(size, (tile) => published.tile(tile) as Uint8Array, platformSha256);
    return proveConsistency(oldSize, size, read, platformSha256).map(encodeBase64);
  }
}

/** As in the line of a note. */
function textOf({ keyId, signature }: NoteSignature): string {
  return encodeBase64(concatBytes(keyId, signature));
}
