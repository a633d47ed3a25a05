// Answers one blocking query several times, for agents that ask for it. A removal notice leaves the query
// open for the rest of its wait, so a denial costs the controller one write to each agent and no further
// request. Anything but a notice is the last of the answers.
//
// Nothing is written before the first news. So a query that gets none is answered as any other, and so are
// refusals. Each notice is a line of JSON in a chunk of the body.

import type { ServerResponse } from 'node:http';
import type { Clock } from '@mesh/host';
import { STREAM_MEDIA_TYPE } from '@mesh/protocol';
import type { MadeNotice } from '../../publish/removal-notices.ts';
import type { AskedConfig } from './answer-config.ts';
import { type Answer, writeAnswer } from './write-answer.ts';

export interface StreamPorts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /**
   * How many bytes of earlier notices may wait for a slow reader. Above that the stream ends, and what else
   * happens is told as one difference when the agent asks again.
   */
  readonly mostUnreadBytes?: number;
}

const MOST_UNREAD_BYTES = 65_536;

/** @param answer finds the next answer. It waits for news as long as its query says */
export function streamAnswers(
  { clock, mostUnreadBytes = MOST_UNREAD_BYTES }: StreamPorts,
  answer: (asked: AskedConfig) => Promise<Answer>,
) {
  return async (response: ServerResponse, asked: AskedConfig): Promise<void> => {
    const endsAtMs = clock.monotonicMs() + asked.query.waitMs;
    let { query } = asked;
    try {
      for (;;) {
        const next = await answer({ ...asked, query });
        if (next.status !== 200 || next.notice === undefined) {
          if (!response.headersSent) writeAnswer(response, next);
          else if (next.status === 200) response.end(`${next.text}\n`);
          return;
        }
        if (response.destroyed) return;
        writeNotice(response, next.notice);
        const waitMs = endsAtMs - clock.monotonicMs();
        if (waitMs <= 0 || response.writableLength > mostUnreadBytes) return;
        query = { ...query, version: next.notice.version, waitMs };
      }
    } finally {
      // Whatever ended the stream: the agent asks again, and gets it as the answer to that query.
      if (response.headersSent && !response.writableEnded) response.end();
    }
  };
}

/** The bytes of each notice, which are the same for all agents that get it. */
const lines = new WeakMap<MadeNotice, Buffer>();

function writeNotice(response: ServerResponse, notice: MadeNotice): void {
  let line = lines.get(notice);
  if (line === undefined) {
    line = Buffer.from(`${notice.text}\n`);
    lines.set(notice, line);
  }
  if (!response.headersSent) response.writeHead(200, { 'content-type': STREAM_MEDIA_TYPE });
  response.write(line);
}
