// The newest head of the log that this node has accepted, on disk, so that a restart does not make it forget
// what it was shown.

import { readFile } from 'node:fs/promises';
import { errorCodeOf, writeFileAtomic } from '@mesh/host';
import { defined, parseStrictJson } from '@mesh/primitives';
import { logHead } from '@mesh/protocol';
import * as z from 'zod';
import { AgentError } from '../errors/agent-error.ts';
import type { SignedLogHead } from './log-head.ts';

const content = z.strictObject({
  format: z.literal('mesh-agent-log-head/1'),
  /** Of the log that the head is of. */
  origin: z.string(),
  ...logHead.shape,
  signatures: z.array(z.string()),
  /** Absent if no signature has a time. */
  signed_at: z.number().int().min(0).optional(),
});

/**
 * @param origin of the log that the node knows. A head of another log does not count: the node has enrolled
 *   anew since
 * @returns undefined if there is none
 * @throws AgentError `usage` if the file is damaged or cannot be read
 */
export async function readHead(path: string, origin: string | undefined): Promise<SignedLogHead | undefined> {
  try {
    const read = content.parse(parseStrictJson(await readFile(path, 'utf8')));
    if (read.origin !== origin) return undefined;
    const { size, root_hash, signatures, signed_at: timeSeconds } = read;
    return { size, rootHash: root_hash, signatures, ...defined({ timeSeconds }) };
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw new AgentError(
      'usage',
      `${path} cannot be used: restore it, or remove it, and then this node trusts the next head of the log that the controller shows`,
      { cause: error },
    );
  }
}

/** Resolves once the head is on disk. */
export async function writeHead(path: string, origin: string, head: SignedLogHead): Promise<void> {
  const { size, rootHash: root_hash, signatures, timeSeconds: signed_at } = head;
  const what = { format: 'mesh-agent-log-head/1', origin, size, root_hash, signatures, signed_at };
  await writeFileAtomic(path, `${JSON.stringify(what)}\n`);
}
