// The cosigned head that a database keeps, to compare its log with: whoever writes the log anew, with its
// tiles and heads, cannot write the cosignatures.

import { AuditError, openCheckpoint } from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import type { KnownHead } from '../store/check-tree.ts';
import { readKeptNote } from '../store/counted-heads.ts';
import { cosignersAmong, type HeadTrust } from '../trust/head-trust.ts';

export interface KeptHead {
  /** Undefined if none is kept that a key of the log has signed. */
  readonly head: KnownHead | undefined;
  /** Why it is not what the configuration asks for. */
  readonly fault: string | undefined;
}

/** @param required how many witnesses have to have cosigned it; 0: a database without one is well */
export function readKeptHead(db: Database, trust: HeadTrust, required: number): KeptHead {
  const note = readKeptNote(db);
  if (note === undefined) {
    const fault = `no cosigned head is kept, and log.required_cosignatures is ${required}: witnesses have cosigned none yet, or it was removed`;
    return { head: undefined, fault: required > 0 ? fault : undefined };
  }
  try {
    const { origin, logKeys, witnesses } = trust;
    const witnessKeys = witnesses.flatMap(({ keys }) => keys);
    const { checkpoint, cosignatures } = openCheckpoint(note, { origin, logKeys, witnessKeys });
    const cosigners = cosignersAmong(witnesses, cosignatures).map(({ url }) => url);
    const by = cosigners.length === 0 ? 'no witness' : cosigners.join(' and ');
    const { size, root } = checkpoint;
    return {
      head: { size, rootHash: encodeBase64(root), source: `the kept head, cosigned by ${by}` },
      fault:
        cosigners.length < required
          ? `the kept head of ${size} entries is cosigned by ${by}, and log.required_cosignatures is ${required}`
          : undefined,
    };
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return { head: undefined, fault: `the kept head: ${error.message}` };
  }
}
