// A log in memory that a test can fork.

import {
  ed25519SigningKey,
  leafHash,
  mlDsa44SigningKey,
  proveConsistency,
  type ReadSubtree,
  rangeRoot,
  renderAddCheckpoint,
  renderCheckpoint,
  renderNote,
  renderVerifierKey,
  type SigningKey,
  signCheckpoint,
  subtreesOver,
} from '@mesh/audit';
import { utf8 } from '@mesh/primitives';

export const ORIGIN = 'log.example.org/mesh';
const seedOf = (n: number) => new Uint8Array(32).fill(n);
export const logKey = ed25519SigningKey(ORIGIN, 'ed25519', seedOf(1));
export const secondLogKey = mlDsa44SigningKey(ORIGIN, seedOf(2));
export const strangersKey = ed25519SigningKey(ORIGIN, 'ed25519', seedOf(9));
export const logKeys = [logKey, secondLogKey].map(({ key }) => renderVerifierKey(key));

export class TestLog {
  readonly origin: string;
  readonly #read: ReadSubtree;

  /** @param forkedFrom the first entry that is another than in the log without this */
  constructor({ origin = ORIGIN, forkedFrom = Number.POSITIVE_INFINITY } = {}) {
    this.origin = origin;
    this.#read = subtreesOver((index) =>
      leafHash(utf8(`entry ${index}${index >= forkedFrom ? ' of another history' : ''}`)),
    );
  }

  root(size: number): Uint8Array {
    return rangeRoot(0, size, this.#read);
  }

  checkpoint(size: number, keys: readonly SigningKey[] = [logKey], extensions: string[] = []): string {
    const text = renderCheckpoint({ origin: this.origin, size, root: this.root(size), extensions });
    return renderNote({ text, signatures: keys.map((key) => signCheckpoint(key, text, 1_700_000_000)) });
  }

  /** The body of a request. */
  growth(oldSize: number, size: number, checkpoint = this.checkpoint(size)): string {
    return renderAddCheckpoint({ oldSize, proof: proveConsistency(oldSize, size, this.#read), checkpoint });
  }
}
