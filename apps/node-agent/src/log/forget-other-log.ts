// A controller that was set up anew under the same name has another log with the same origin. A node that
// enrols with it has to forget the head of the log before, or it would refuse the new one.

import { rm } from 'node:fs/promises';
import type { LogIdentity } from '@mesh/protocol';
import { readHead } from './head-file.ts';
import { signerIdsOf } from './log-head.ts';
import { keyIdsOf, pinLog } from './pinned-log.ts';

/**
 * Call it after an enrolment. Removes the accepted head if none of the keys that the controller has told now
 * has signed it. A head that an operator has named has no signatures, and stays.
 *
 * @throws AgentError `usage` if the file is damaged; the errors of the file system
 */
export async function forgetOtherLog(path: string, identity: LogIdentity | undefined): Promise<void> {
  const head = await readHead(path, identity?.origin);
  const pinned = identity && pinLog(identity);
  if (head === undefined || pinned === undefined || head.signatures.length === 0) return;
  const known = keyIdsOf(pinned);
  if (!signerIdsOf(head).some((id) => known.includes(id))) await rm(path, { force: true });
}
