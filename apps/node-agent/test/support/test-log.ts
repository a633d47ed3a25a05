// A controller's log in memory, honest or not, and its heads as a config names them.

import {
  ed25519SigningKey,
  leafHash,
  mlDsa44SigningKey,
  proveConsistency,
  type ReadSubtree,
  rangeRoot,
  renderCheckpoint,
  renderVerifierKey,
  type SigningKey,
  signCheckpoint,
  subtreesOver,
} from '@mesh/audit';
import { concatBytes, encodeBase64, utf8 } from '@mesh/primitives';
import type { LogIdentity } from '@mesh/protocol';
import type { SaidHead } from '../../src/log/judge-head.ts';
import { pinLog } from '../../src/log/pinned-log.ts';

export const LOG_ORIGIN = 'mesh.example.com/m';
const seedOf = (n: number) => new Uint8Array(32).fill(n);
export const ED25519_KEY = ed25519SigningKey(LOG_ORIGIN, 'ed25519', seedOf(1));
export const ML_DSA_KEY = mlDsa44SigningKey(LOG_ORIGIN, seedOf(2));
export const STRANGERS_KEYS = [ed25519SigningKey(LOG_ORIGIN, 'ed25519', seedOf(8)), ML_DSA_KEY];
export const LOG_KEYS: readonly SigningKey[] = [ED25519_KEY, ML_DSA_KEY];
export const LOG_IDENTITY: LogIdentity = {
  origin: LOG_ORIGIN,
  verifier_keys: LOG_KEYS.map(({ key }) => renderVerifierKey(key)),
};
export const PINNED = pinLog(LOG_IDENTITY);

export interface Entry {
  readonly what: string;
  readonly at: number;
}
const entriesOf = (count: number): Entry[] =>
  Array.from({ length: count }, (_, at) => ({ what: `event ${at}`, at: 1_000 + at }));

/** What a controller that lies can do to entries that it has shown. */
export const LIES: Readonly<Record<string, (entries: readonly Entry[]) => Entry[]>> = {
  'puts another entry in place of one': (entries) => entries.with(2, { what: 'another', at: 1_002 }),
  'drops an entry': (entries) => entries.toSpliced(2, 1),
  'reorders two entries': (entries) => entries.with(2, entries[3] as Entry).with(3, entries[2] as Entry),
  'back-dates an entry': (entries) => entries.with(2, { ...(entries[2] as Entry), at: 900 }),
};

interface SigningOptions {
  readonly keys?: readonly SigningKey[];
  readonly timeSeconds?: number;
}

export class TestLog {
  readonly #read: ReadSubtree;

  constructor(change: (entries: readonly Entry[]) => readonly Entry[] = (entries) => entries) {
    const entries = change(entriesOf(40));
    this.#read = subtreesOver((index) => leafHash(utf8(JSON.stringify(entries[index]))));
  }

  root(size: number): Uint8Array {
    return rangeRoot(0, size, this.#read);
  }

  /** The head, and what a config has with it for a node that has accepted `from` entries. */
  said(
    size: number,
    from: number,
    { keys = LOG_KEYS, timeSeconds = 1_000 + size }: SigningOptions = {},
  ): SaidHead {
    const root = this.root(size);
    const text = renderCheckpoint({ origin: LOG_ORIGIN, size, root, extensions: [] });
    return {
      head: { size, rootHash: encodeBase64(root) },
      proof: {
        signatures: keys.map((key) => {
          const { keyId, signature } = signCheckpoint(key, text, timeSeconds);
          return encodeBase64(concatBytes(keyId, signature));
        }),
        consistency: from > size ? [] : proveConsistency(from, size, this.#read).map(encodeBase64),
      },
    };
  }

  /** The same as fields of a config. */
  fields(size: number, from: number, options: SigningOptions = {}) {
    const { head, proof } = this.said(size, from, options);
    return {
      log_head: { size: head.size, root_hash: head.rootHash },
      ...(proof !== undefined && size !== from ? { log_proof: proof } : {}),
    };
  }
}
