// Proves the newest published head to nodes: the log's own signatures of it, and that the log has only grown
// since the head that the node has accepted. At a boundary nearly all nodes name the same head, so a proof is
// made once for all of them.

import { type NoteSignature, parseNote, proveConsistency } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { concatBytes, encodeBase64 } from '@mesh/primitives';
import type { LogProof } from '@mesh/protocol';
import type { PublishedLog, PublishedTree } from './published-log.ts';

/** How many proofs to the newest head are kept. */
const MOST_KEPT = 1_024;

export interface LogProofsOptions {
  readonly published: Pick<PublishedLog, 'checkpoint' | 'tree'>;
  /** The log's name, which is that of its keys too. */
  readonly origin: string;
}

export class LogProofs {
  readonly #options: LogProofsOptions;
  /** The tree at the newest head when a proof was asked for last. */
  #tree: PublishedTree | undefined;
  #signatures: string[] = [];
  /** Proofs to the head of that tree, by the size that they lead from. */
  readonly #made = new Map<number, LogProof>();

  constructor(options: LogProofsOptions) {
    this.#options = options;
  }

  /**
   * @param size of the head that the node has accepted; 0 for none
   * @returns undefined if that is the size of the newest head, or if there is none yet
   */
  from(size: number): LogProof | undefined {
    const { published } = this.#options;
    if (published.checkpoint() !== this.#tree?.checkpoint) this.#take(published.tree());
    const tree = this.#tree;
    if (tree === undefined || size === tree.size) return undefined;
    const known = this.#made.get(size);
    if (known !== undefined) return known;
    const made = { signatures: this.#signatures, consistency: proveGrowth(size, tree) };
    if (this.#made.size < MOST_KEPT) this.#made.set(size, made);
    return made;
  }

  #take(tree: PublishedTree | undefined): void {
    this.#tree = tree;
    this.#made.clear();
    const signatures = tree === undefined ? [] : parseNote(tree.checkpoint).signatures;
    this.#signatures = signatures.filter(({ name }) => name === this.#options.origin).map(textOf);
  }
}

/** Empty if the node has accepted more than was published: nothing proves that. */
function proveGrowth(oldSize: number, { size, read }: PublishedTree): string[] {
  return oldSize > size ? [] : proveConsistency(oldSize, size, read, platformSha256).map(encodeBase64);
}

/** As in the line of a note. */
function textOf({ keyId, signature }: NoteSignature): string {
  return encodeBase64(concatBytes(keyId, signature));
}
