// A member that opens a stream of removals and reads nothing: what waits for it stays bounded.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { parseNodeId } from '@mesh/primitives';
import { expect, it } from 'vitest';
import type { AskedConfig } from '../../src/http/respond/answer-config.ts';
import { streamAnswers } from '../../src/http/respond/stream-answers.ts';
import type { Answer } from '../../src/http/respond/write-answer.ts';

const NOTICE_BYTES = 100_000;
/** More than the system holds for a connection. */
const REMOVALS = 300;

/**
 * Gives every removal to a caller that reads nothing.
 *
 * @returns what waits for it in this process, in bytes
 */
async function tellSlowReader(mostUnreadBytes?: number) {
  const told: AskedConfig[] = [];
  const asked = { nodeId: parseNodeId('node-a'), query: { version: '1.0', waitMs: 60_000 } };
  const notice = { text: 'x'.repeat(NOTICE_BYTES - 1), version: '', grant: {} };
  const answer = async (next: AskedConfig): Promise<Answer> => {
    told.push(next);
    await new Promise(setImmediate);
    if (told.length > REMOVALS) return { status: 304 };
    const version = `1.${told.length}`;
    return { status: 200, text: notice.text, notice: { ...notice, version } as never };
  };
  const ports = {
    clock: { monotonicMs: () => 0 },
    ...(mostUnreadBytes === undefined ? {} : { mostUnreadBytes }),
  };
  const server = createServer().listen(0, '127.0.0.1');
  const answered = new Promise<ServerResponse>((resolve) =>
    server.on('request', (_request, response) => {
      void streamAnswers(ports, answer)(response, asked as never).then(() => resolve(response));
    }),
  );
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  reader.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const response = await answered;
  const unread = response.writableLength;
  reader.destroy();
  server.close();
  return { unread, told: told.length, lastAskedFrom: told.at(-1)?.query.version };
}

it('ends when too much is unread, and leaves the rest to the next query', async () => {
  const { unread, told } = await tellSlowReader();
  expect(told).toBeLessThan(REMOVALS);
  expect(unread).toBeLessThan(65_536 + 2 * NOTICE_BYTES);
});

it('grows with every removal where that guard is taken out', async () => {
  const { unread, told, lastAskedFrom } = await tellSlowReader(Number.POSITIVE_INFINITY);
  expect([told, lastAskedFrom]).toEqual([REMOVALS + 1, `1.${REMOVALS}`]);
  expect(unread).toBeGreaterThan(10 * NOTICE_BYTES);
});
