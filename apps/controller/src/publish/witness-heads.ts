// Asks the witnesses for the newest head of this log that each of them has cosigned, as `mesh-witness` and
// others serve it: `GET URL/<hex of SHA-256 of the origin>/checkpoint`.

import { createHash } from 'node:crypto';
import { AuditError, openCheckpoint } from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import type { KnownHead } from '../store/check-tree.ts';
import type { HeadTrust, WitnessKeys } from '../trust/head-trust.ts';
import { type Fetch, readText, reasonOf } from './ask-witness.ts';

export interface WitnessHeads {
  readonly heads: readonly KnownHead[];
  /** Witnesses that have shown no head. */
  readonly silent: readonly { readonly url: string; readonly why: string }[];
}

const DEADLINE_MS = 10_000;

/** Never rejects. Takes as long as the slowest witness, at most ten seconds. */
export async function askForHeads(trust: HeadTrust, fetch: Fetch): Promise<WitnessHeads> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const answers = await Promise.all(
    trust.witnesses.map(async (witness) => {
      try {
        return { head: await askForHead(witness, trust, fetch, signal) };
      } catch (error) {
        const why = signal.aborted ? `no answer within ${DEADLINE_MS / 1_000} s` : reasonOf(error);
        return { silent: { url: witness.url, why } };
      }
    }),
  );
  return {
    heads: answers.flatMap(({ head }) => head ?? []),
    silent: answers.flatMap(({ silent }) => silent ?? []),
  };
}

/**
 * The witness has to have cosigned it. Keys of the log that have signed it may be newer than the database, so
 * that only the signatures of known ones are verified.
 */
async function askForHead(
  { url, keys }: WitnessKeys,
  { origin, logKeys }: HeadTrust,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<KnownHead> {
  const response = await fetch(`${url}/${createHash('sha256').update(origin).digest('hex')}/checkpoint`, {
    redirect: 'error',
    signal,
  });
  const note = await readText(response);
  if (response.status === 404) throw new Error('it has cosigned no head of this log, or shows none');
  if (response.status !== 200) throw new Error(`it answers ${response.status}`);
  if (note === undefined) throw new Error('its answer is too long');
  try {
    const { checkpoint } = openCheckpoint(note, { origin, logKeys: keys, witnessKeys: logKeys });
    const { size, root } = checkpoint;
    return { size, rootHash: encodeBase64(root), source: `the witness ${url}` };
  } catch (error) {
    if (error instanceof AuditError)
      throw new Error('its answer is no head of this log that it has cosigned');
    throw error;
  }
}
