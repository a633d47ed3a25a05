// Server-sent events (WHATWG HTML, section 9.2), however the bytes are cut.

import { expect, it } from 'vitest';
import { parseEvent, readEvents, type ServerEvent } from '../../src/live/read-events.ts';

function streamOf(pieces: readonly Uint8Array<ArrayBuffer>[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start: (stream) => {
      for (const piece of pieces) stream.enqueue(piece);
      stream.close();
    },
  });
}

async function all(pieces: readonly Uint8Array<ArrayBuffer>[]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(streamOf(pieces))) events.push(event);
  return events;
}

it('events are the same wherever the bytes are cut, even within a letter', async () => {
  const bytes = new TextEncoder().encode(
    'id: 1\nevent: state\ndata: "ä"\n\n: a comment\n\ndata: 2\ndata: 3\n\n',
  );
  const expected = [
    { id: '1', type: 'state', data: '"ä"' },
    { id: undefined, type: 'message', data: '2\n3' },
  ];
  for (let cut = 0; cut <= bytes.length; cut += 1)
    expect(await all([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(expected);
});

it('an event that is not finished is none', async () => {
  expect(await all([new TextEncoder().encode('data: 1\n\ndata: 2\n')])).toHaveLength(1);
});

it.each([
  ['data', { id: undefined, type: 'message', data: '' }],
  ['data:x', { id: undefined, type: 'message', data: 'x' }],
  ['data:  x', { id: undefined, type: 'message', data: ' x' }],
  ['id: a:b\ndata: x', { id: 'a:b', type: 'message', data: 'x' }],
  ['retry: 10\nid: 4', undefined],
])('%j', (block, event) => {
  expect(parseEvent(block)).toEqual(event);
});
