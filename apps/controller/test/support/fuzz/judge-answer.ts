// What every answer has to be, whatever was asked.

import { hasLongHead, NODES_OWN, type RawAnswer } from '@mesh/host/fuzz-kit';
import { PROBLEM_MEDIA_TYPE, type ProblemCode, parseProblem } from '@mesh/protocol';
import type { Rendered } from './render-attack.ts';

export type Verdict =
  | { readonly kind: 'refused'; readonly code: ProblemCode }
  | { readonly kind: 'answered' }
  /** Before it became a request: the connection ended, or Node itself answered. */
  | { readonly kind: 'no_request' }
  | { readonly kind: 'fault'; readonly why: string };

/** What was asked, as far as the answer depends on it. */
export type Asked = Pick<Rendered, 'bytes' | 'isHead' | 'isRaw' | 'doom'>;

export function judge(rendered: Asked, answer: RawAnswer | undefined): Verdict {
  if (answer === undefined)
    return rendered.isRaw ? { kind: 'no_request' } : fault('the connection ended without an answer');
  const { status, headers, body } = answer;
  if (rendered.isRaw && body === '' && NODES_OWN.includes(status)) return { kind: 'no_request' };
  if (status === 431 && hasLongHead(rendered.bytes)) return { kind: 'no_request' };
  if (status >= 500 || status < 200) return fault(`the answer is ${status}: ${body}`);
  if (status < 300 || status === 304)
    return rendered.doom === undefined ? { kind: 'answered' } : fault(`it was accepted: ${status} ${body}`);
  if (status < 400) return fault(`the answer is ${status}`);
  if (rendered.isHead) return { kind: 'no_request' };
  const problem = headers['content-type'] === PROBLEM_MEDIA_TYPE ? problemIn(body) : undefined;
  if (problem === undefined) return fault(`the answer is no problem: ${status} ${body}`);
  if (problem.status !== status) return fault(`the problem says ${problem.status}, the answer ${status}`);
  return { kind: 'refused', code: problem.code };
}

const fault = (why: string): Verdict => ({ kind: 'fault', why });

function problemIn(text: string): ReturnType<typeof parseProblem> {
  try {
    return parseProblem(JSON.parse(text));
  } catch {
    return undefined;
  }
}
