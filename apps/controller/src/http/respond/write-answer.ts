// Writes answers on Node's own response. The framework's way costs several promises and objects for each.

import type { ServerResponse } from 'node:http';
import { defined } from '@mesh/primitives';
import { PROBLEM_MEDIA_TYPE, type Problem } from '@mesh/protocol';
import type { MadeNotice } from '../../publish/removal-notices.ts';

/** What an answer holds before it is written. */
export type Answer =
  | {
      readonly status: 200;
      /** JSON. */
      readonly text: string;
      /** The notice that the text is; absent if it is a config. */
      readonly notice?: MadeNotice;
    }
  | { readonly status: 304 }
  | Refusal;

export interface Refusal {
  readonly status: 'refused';
  readonly details: Problem;
  readonly retryAfterSeconds?: number;
}

export const NOT_MODIFIED: Answer = { status: 304 };

/** @param text JSON */
export function json(text: string): Answer {
  return { status: 200, text };
}

export function refused(details: Problem, retryAfterSeconds?: number): Refusal {
  return { status: 'refused', details, ...defined({ retryAfterSeconds }) };
}

/** Sends the answer, unless the caller has hung up. */
export function writeAnswer(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  switch (answer.status) {
    case 304:
      response.writeHead(304);
      response.end();
      return;
    case 200:
      writeText(response, 200, { 'content-type': 'application/json' }, answer.text);
      return;
    case 'refused': {
      const { details, retryAfterSeconds } = answer;
      const head = {
        'content-type': PROBLEM_MEDIA_TYPE,
        ...defined({ 'retry-after': retryAfterSeconds }),
      };
      writeText(response, details.status, head, JSON.stringify(details));
    }
  }
}

function writeText(
  response: ServerResponse,
  status: number,
  head: Readonly<Record<string, string | number>>,
  text: string,
): void {
  response.writeHead(status, { ...head, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
