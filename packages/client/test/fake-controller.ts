// Answers that a test scripts, as the platform's fetch would give them.

import type { WebFetch, WebResponse } from '../src/index.ts';

export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as they are, piece by piece, in place of `body`. */
  readonly pieces?: readonly (string | Uint8Array)[];
  /** The connection breaks after the pieces, or at once if there are none. */
  readonly breaks?: boolean;
}

export interface Sent {
  readonly url: string;
  readonly init: Parameters<WebFetch>[1];
}

/** Gives the answers one after the other. Afterwards every request fails. */
export function scripted(...answers: readonly Scripted[]): { fetch: WebFetch; sent: Sent[] } {
  const left = [...answers];
  const sent: Sent[] = [];
  return {
    sent,
    fetch: async (url, init) => {
      sent.push({ url, init });
      init.signal?.throwIfAborted();
      const answer = left.shift();
      if (answer === undefined) throw new TypeError('no answer is left');
      if (answer.breaks === true && answer.pieces === undefined) throw new TypeError('fetch failed');
      return responseOf(answer);
    },
  };
}

function responseOf({ status = 200, headers = {}, body, pieces, breaks }: Scripted): WebResponse {
  const parts = (pieces ?? [JSON.stringify(body ?? '')]).map((piece) =>
    typeof piece === 'string' ? new TextEncoder().encode(piece) : piece,
  );
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.shift();
      if (part !== undefined) controller.enqueue(part);
      else if (breaks === true) controller.error(new TypeError('terminated'));
      else controller.close();
    },
  });
  return new Response(status === 304 ? null : stream, {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export const JSONL = { 'content-type': 'application/jsonl' } as const;

export const line = (value: object): string => `${JSON.stringify(value)}\n`;

export const entry = (index: number): string => line({ index, entry: { type: 'node_denied' } });

/** A wait that takes no time, and what was waited for. */
export function noWait(): { wait: (ms: number) => Promise<void>; waited: number[] } {
  const waited: number[] = [];
  return { waited, wait: (ms) => Promise.resolve(void waited.push(ms)) };
}
