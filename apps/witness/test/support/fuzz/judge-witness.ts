// What every answer of a witness has to be (C2SP tlog-witness), whatever was asked.

import { hasLongHead, NODES_OWN, type RawAnswer } from '@mesh/host/fuzz-kit';
import type { RequestAttack } from './witness-requests.ts';

const REFUSALS = [400, 403, 404, 409, 413, 422];
const TYPES = ['text/plain; charset=utf-8', 'text/x.tlog.size'];

/** @returns what is wrong with the answer; undefined if nothing is */
export function faultOf(
  asked: Pick<RequestAttack, 'bytes' | 'isHead' | 'raw' | 'isOdd' | 'mayRead'>,
  answer: RawAnswer | undefined,
): string | undefined {
  const isRaw = asked.raw !== undefined || asked.isOdd === true;
  if (answer === undefined) return isRaw ? undefined : 'the connection ended without an answer';
  const { status, headers, body } = answer;
  const said = `${status} ${body.slice(0, 200)}`;
  if (isRaw && body === '' && NODES_OWN.includes(status)) return undefined;
  if (status === 431 && hasLongHead(asked.bytes)) return undefined;
  if (status >= 200 && status < 300) return asked.mayRead ? undefined : `it was accepted: ${said}`;
  if (!REFUSALS.includes(status)) return `the answer is ${said}`;
  if (asked.isHead) return undefined;
  if (!TYPES.includes(headers['content-type']?.toLowerCase() ?? '')) return `the answer is no text: ${said}`;
  if (!/^[^\n]+\n$/.test(body)) return `the answer is not one line: ${said}`;
  return body.includes('—') ? `a refusal holds a signature: ${said}` : undefined;
}
