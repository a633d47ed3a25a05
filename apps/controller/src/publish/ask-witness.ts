// One question to one witness (C2SP tlog-witness): a checkpoint with a proof goes out, cosignatures come
// back.

import {
  type AddCheckpointRequest,
  AuditError,
  type NoteSignature,
  readCosignatures,
  renderAddCheckpoint,
  type VerifierKey,
} from '@mesh/audit';

export interface Witness {
  /** With the scheme, without a slash at its end. */
  readonly url: string;
  readonly keys: readonly VerifierKey[];
}

/** What a witness has said. */
export type WitnessAnswer =
  | { readonly kind: 'cosigned'; readonly lines: readonly NoteSignature[] }
  /** It has cosigned another size last. */
  | { readonly kind: 'knows'; readonly size: number }
  /** It has cosigned another history: the checkpoint is no continuation of what it knows. */
  | { readonly kind: 'contradicted' }
  /** It wants to be asked later. */
  | { readonly kind: 'postponed'; readonly seconds: number | undefined }
  | {
      readonly kind: 'refused';
      readonly why: string;
      /** Whether it knows none of the keys that have signed. */
      readonly isStranger?: true;
    };

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const MAX_ANSWER_BYTES = 65_536;

/**
 * @param text of the checkpoint in the request
 * @throws what `fetch` throws; the signal's reason
 */
export async function askWitness(
  { url, keys }: Witness,
  request: AddCheckpointRequest,
  text: string,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<WitnessAnswer> {
  const response = await fetch(`${url}/add-checkpoint`, {
    method: 'POST',
    body: renderAddCheckpoint(request),
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    redirect: 'error',
    signal,
  });
  const answer = await readText(response);
  if (answer === undefined) return { kind: 'refused', why: 'its answer is too long' };
  const { status, headers } = response;
  if (status === 200) return readLines(answer, text, keys);
  if (status === 409 && headers.get('content-type') === 'text/x.tlog.size') {
    const size = /^\d{1,16}\n$/.test(answer) ? Number(answer) : Number.NaN;
    return Number.isSafeInteger(size)
      ? { kind: 'knows', size }
      : { kind: 'refused', why: 'the size that it names is no valid size' };
  }
  // Some witnesses name another history by 409 without a size, some by 422.
  if (status === 409 || status === 422) return { kind: 'contradicted' };
  if (status === 429 || status === 503)
    return { kind: 'postponed', seconds: secondsOf(headers.get('retry-after')) };
  if (status === 403)
    return { kind: 'refused', why: 'it knows no key of the log that has signed', isStranger: true };
  return { kind: 'refused', why: `it answers ${status}` };
}

function readLines(answer: string, text: string, keys: readonly VerifierKey[]): WitnessAnswer {
  try {
    const lines = readCosignatures(answer, text, keys);
    if (lines.length > 0) return { kind: 'cosigned', lines };
    return { kind: 'refused', why: 'its answer has no cosignature by a key of log.witnesses' };
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    return { kind: 'refused', why: 'its answer is no list of cosignatures' };
  }
}

const secondsOf = (header: string | null): number | undefined =>
  header !== null && /^\d{1,5}$/.test(header) ? Number(header) : undefined;

/** @returns undefined if it is longer than any answer of a witness */
export async function readText({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Why a witness could not be asked, from what `fetch` has thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be reached';
  // What fetch throws says little; its cause says what happened.
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
