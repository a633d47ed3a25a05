// What the examiners have signed: the log has the hash of each result, the examiner's key has signed it, and
// its grades are those that were recorded.

import {
  canonicalJson,
  type Ed25519Verify,
  type JsonValue,
  portableSha256,
  toHex,
  utf8,
} from '@mesh/primitives';
import { examResult } from '@mesh/protocol';
import type { LoggedEntry } from '../verify/check-entries.ts';
import { loggedStanding } from '../verify/check-standing.ts';
import { type Findings, Refutation } from '../verify/findings.ts';
import { readSigned } from '../verify/read-signed.ts';
import type { Answered } from './exam-entries.ts';
import type { ExamFile } from './exam-file.ts';

/**
 * @param results of the exam
 * @param logged every entry of the file, in the order of the log
 */
export function checkSignatures(
  results: readonly Answered[],
  logged: readonly LoggedEntry[],
  { messages = [] }: Pick<ExamFile, 'messages'>,
  findings: Findings,
  verify: Ed25519Verify | undefined,
): void {
  const texts = new Map(messages.map(({ index, message }) => [index, message]));
  if (texts.size < messages.length || messages.some(({ index }) => !results.some(isAt(index))))
    throw differs('a message in the file is of no result of the exam, or is there twice');
  for (const result of results) {
    const text = texts.get(result.entry.index);
    if (text !== undefined) checkResult(text, result, logged, verify);
  }
  const lacking = results.filter(({ entry }) => !texts.has(entry.index)).map(({ data }) => data.examiner);
  if (lacking.length > 0)
    findings.missing(
      'signatures',
      'message_not_kept',
      `what ${lacking.join(', ')} signed is not kept, or the file is of an earlier version: only its hash is in the log`,
    );
  else
    findings.shown(
      'signatures',
      `the examiners have signed their grades: the keys and the hashes of the ${results.length} messages are in the log`,
    );
}

const isAt =
  (index: number) =>
  ({ entry }: Answered): boolean =>
    entry.index === index;

function checkResult(
  text: string,
  { entry, data }: Answered,
  logged: readonly LoggedEntry[],
  verify: Ed25519Verify | undefined,
): void {
  const { examiner } = data;
  if (toHex(portableSha256(utf8(text))) !== data.message_sha256)
    throw differs(`entry ${entry.index} is about another message of ${examiner} than this one`);
  const before = logged.filter(({ nodeId, index }) => nodeId === examiner && index < entry.index);
  const { identityKey } = loggedStanding(before);
  if (identityKey === undefined)
    throw new Refutation(
      'signatures',
      'wrong_entry',
      `the file lacks the entry with the identity key of ${examiner}`,
    );
  const message = readSigned('exam_result', examResult, text, identityKey, verify);
  if (message === undefined)
    throw new Refutation(
      'signatures',
      'bad_signature',
      `the result of ${examiner} is not one that its identity key has signed`,
    );
  const said = [message.mesh_id, message.node_id, message.exam_id, message.transcript_sha256];
  if (canonicalJson(said) !== canonicalJson([entry.meshId, examiner, data.exam_id, data.transcript_sha256]))
    throw differs(
      `the message of ${examiner} is of another node, exam or transcript than entry ${entry.index}`,
    );
  if (entry.details === undefined) return;
  if (canonicalJson(message.grades as unknown as JsonValue) !== canonicalJson(entry.details.grades ?? null))
    throw new Refutation(
      'signatures',
      'numbers_differ',
      `entry ${entry.index} commits to other grades than ${examiner} has signed`,
    );
}

const differs = (why: string) => new Refutation('signatures', 'message_differs', why);
