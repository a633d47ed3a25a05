// What a reader of the published log is told.

import { parseCheckpoint, parseNote } from '@mesh/audit';
import type { NodeFetch } from '@mesh/host';
import { encodeBase64 } from '@mesh/primitives';
import { routes } from '@mesh/protocol';
import type { Told } from '../crash/told.ts';

export type ToldHead = Extract<Told, { readonly kind: 'head' }>;

/** @throws AuditError if what it answers is no checkpoint */
export async function readHead(
  fetch: NodeFetch,
  publicPort: number,
): Promise<ToldHead | 'none yet' | 'no answer'> {
  const answer = await fetch(`https://127.0.0.1:${publicPort}${routes.logCheckpoint}`).catch(() => undefined);
  const text = await answer?.text().catch(() => undefined);
  if (answer === undefined || text === undefined) return 'no answer';
  if (answer.status !== 200) return 'none yet';
  const { size, root } = parseCheckpoint(parseNote(text).text);
  return { kind: 'head', size, rootHash: encodeBase64(root) };
}
