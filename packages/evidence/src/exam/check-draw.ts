// Draws an exam again: the challenge is the promised one, the head is of this log and later than the promise,
// and the exam's id follows from them.

import { type OpenedCheckpoint, verifyConsistency } from '@mesh/audit';
import { challengeDigest, type DrawnExam, drawExam, eligibleNodes, HarnessError } from '@mesh/harness';
import {
  canonicalJson,
  decodeBase64,
  equalBytes,
  fromHex,
  type JsonValue,
  PrimitivesError,
  portableSha256,
  toHex,
  utf8,
} from '@mesh/primitives';
import { type Findings, Refutation } from '../verify/findings.ts';
import type { ExamEntries } from './exam-entries.ts';
import type { ExamFile } from './exam-file.ts';

export function checkPool(
  { pool, retired, drawn }: ExamEntries,
  { live }: ExamFile,
  findings: Findings,
): void {
  const differs = (why: string) => new Refutation('pool', 'pool_differs', why);
  if (pool.entry.index > drawn.entry.index || pool.data.pool !== drawn.data.pool)
    throw differs('the pool was loaded after the draw, or has another name');
  if (hashOf(live) !== drawn.data.live_sha256)
    throw differs('the items that are listed as live are others than those of the draw');
  const before = retired.filter(({ entry }) => entry.index < drawn.entry.index);
  const gone = new Set(before.flatMap(({ data }) => data.indices));
  if (live.some((index) => index >= pool.data.items || gone.has(index)))
    throw differs('an item was drawn from that the pool does not have, or that was retired before');
  findings.shown(
    'pool',
    `the pool ${pool.data.pool} was loaded before with ${pool.data.items} items, of which ${live.length} were live`,
  );
}

export function checkPromise(
  { promises, drawn, closed }: ExamEntries,
  file: ExamFile,
  head: OpenedCheckpoint,
  findings: Findings,
): void {
  const differs = (why: string) => new Refutation('promise', 'promise_differs', why);
  const { size, root_hash: rootHash } = drawn.data.head;
  const digest = challengeDigest(fromHex(closed.data.challenge));
  const promise = promises.findLast(
    ({ challengeSha256, entry }) => challengeSha256 === digest && entry.index < size,
  );
  if (promise === undefined)
    throw differs('no entry before the head of the draw promises this challenge to the node');
  if (size > drawn.entry.index) throw differs('the head of the draw is later than the draw');
  const { checkpoint } = head;
  const root = rootOf(rootHash);
  const follows =
    size === checkpoint.size
      ? equalBytes(root, checkpoint.root)
      : verifyConsistency({
          oldSize: size,
          oldRoot: root,
          newSize: checkpoint.size,
          newRoot: checkpoint.root,
          proof: file.drawnHead,
        });
  if (!follows) throw differs('the head of the draw is not one of this log');
  findings.shown(
    'promise',
    `entry ${promise.entry.index} fixed the challenge, and the exam was drawn by a later head, over ${size} entries`,
  );
}

export function checkDraw(
  { pool, drawn, closed }: ExamEntries,
  file: ExamFile,
  findings: Findings,
): DrawnExam {
  const differs = (why: string) => new Refutation('draw', 'draw_differs', why);
  const { head, eligible_commitment: commitment, examiners, asks, root } = drawn.data;
  const { challenge } = closed.data;
  const { epochId } = drawn.entry;
  if (epochId === undefined) throw differs('the entry of the draw names no epoch');
  let found: DrawnExam;
  try {
    const eligible = eligibleNodes(file.eligible);
    if (hashOf({ challenge, eligible_sha256: eligible.sha256 }) !== commitment)
      throw differs('the nodes that are listed as eligible are others than those of the draw');
    found = drawExam({
      meshId: file.meshId,
      nodeId: file.nodeId,
      epochId,
      challenge: fromHex(challenge),
      head: { size: head.size, root: rootOf(head.root_hash) },
      poolRoot: rootOf(root),
      pairs: pool.data.pairs,
      live: file.live,
      eligible,
      examiners,
      items: asks,
    });
  } catch (error) {
    if (!(error instanceof HarnessError || error instanceof PrimitivesError)) throw error;
    throw differs(`the draw cannot be made again: ${error.message}`);
  }
  if (found.examId !== file.examId)
    throw differs(`drawn again, the exam is ${found.examId}, and the log has ${file.examId}`);
  const names = found.assignments.map(({ examinerId }) => examinerId).join(', ');
  findings.shown(
    'draw',
    `drawn again, the exam is the same; its examiners: ${names || 'nobody was eligible'}`,
  );
  return found;
}

function rootOf(text: string): Uint8Array {
  try {
    return decodeBase64(text, { lengthBytes: 32 });
  } catch (error) {
    if (!(error instanceof PrimitivesError)) throw error;
    throw new Refutation('entries', 'wrong_entry', `a root in the log is invalid: ${error.message}`);
  }
}

const hashOf = (value: JsonValue): string => toHex(portableSha256(utf8(canonicalJson(value))));
