// One call of a client that may be answered several times: each line of the answer is a body of its own.

import type * as z from 'zod';
import { type Body, type Call, type ClientOptions, readBody, send } from './call.ts';
import { STREAM_MEDIA_TYPE } from './routes.ts';

/** A line of a stream is an answer with this status. */
const LINE = { status: 200, headers: new Headers() };

/**
 * @param onBody called with each body when it has arrived, or with the only one of an answer that is no
 *   stream. It returns whether to go on; if not, the call ends. If it throws, the call rejects with that
 * @returns how many bodies came; 0 when nothing is new
 */
export async function callForLines<T extends z.ZodType>(
  options: ClientOptions,
  request: Call,
  schema: T,
  onBody: (body: Body<T>) => boolean,
): Promise<number> {
  const stop = new AbortController();
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([request.signal, stop.signal]);
  let bodies = 0;
  let failure: { readonly error: unknown } | undefined;
  const onLine = (line: string): void => {
    if (stop.signal.aborted) return;
    try {
      bodies += 1;
      if (onBody(readBody(line, LINE, schema))) return;
    } catch (error) {
      failure = { error };
    }
    stop.abort(new Error('the answers so far were enough'));
  };
  try {
    const answer = await send(options, { ...request, signal }, onLine);
    if (answer.status === 304) return 0;
    const text = await answer.text();
    if (answer.headers.get('content-type') === STREAM_MEDIA_TYPE) {
      for (const line of text.split('\n')) if (line !== '') onLine(line);
    } else {
      bodies += 1;
      onBody(readBody(text, answer, schema));
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  if (failure !== undefined) throw failure.error;
  return bodies;
}
