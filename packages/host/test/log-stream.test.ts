// A reader of log lines that is slow or has stopped holds up nothing, and gets every line that there is room
// for.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogStream } from '../src/log-stream.ts';
import { FakeClock } from './kit/index.ts';

/** A stream, and a reader that takes as much as it has room for. */
function open() {
  const clock = new FakeClock();
  const reader = { room: Number.POSITIVE_INFINITY, error: 'EAGAIN', text: '', calls: 0, nappedMs: 0 };
  const stream = new LogStream({
    timers: clock,
    write: (bytes) => {
      reader.calls += 1;
      if (reader.room === 0) throw Object.assign(new Error('no room'), { code: reader.error });
      const taken = bytes.subarray(0, reader.room);
      reader.room -= taken.length;
      reader.text += Buffer.from(taken).toString();
      return taken.length;
    },
    nap: (ms) => {
      reader.nappedMs += ms;
    },
  });
  return { clock, reader, stream };
}

describe('a log stream', () => {
  it('writes a line at once', () => {
    const { reader, stream } = open();
    stream.write('one\n');
    expect(reader.text).toBe('one\n');
  });

  it('keeps what the reader does not take, in order and from the middle of a line', async () => {
    const { clock, reader, stream } = open();
    reader.room = 6;
    for (const line of ['one\n', 'two\n', 'three\n']) stream.write(line);
    expect([reader.text, reader.calls]).toEqual(['one\ntw', 3]);
    await clock.advance(50);
    reader.room = Number.POSITIVE_INFINITY;
    stream.write('four\n');
    expect(reader.text).toBe('one\ntw');
    await clock.advance(50);
    stream.write('five\n');
    expect(reader.text).toBe('one\ntwo\nthree\nfour\nfive\n');
  });

  it('tries again after an error of the disk', async () => {
    const { clock, reader, stream } = open();
    reader.room = 0;
    reader.error = 'ENOSPC';
    stream.write('one\n');
    reader.room = 100;
    await clock.advance(50);
    expect(reader.text).toBe('one\n');
  });

  it('loses the newest lines when too much waits, and says how many', async () => {
    const { clock, reader, stream } = open();
    stream.onLost((count) => stream.write(`lost ${count}\n`));
    reader.room = 0;
    const line = `${'x'.repeat(1_048_575)}\n`;
    for (let n = 0; n < 7; n += 1) stream.write(line);
    reader.room = Number.POSITIVE_INFINITY;
    await clock.advance(50);
    stream.write('next\n');
    expect(reader.text).toBe(`${line.repeat(4)}lost 3\nnext\n`);
  });

  it('stops when the reader has gone', async () => {
    const { clock, reader, stream } = open();
    reader.room = 0;
    stream.write('one\n');
    reader.error = 'EPIPE';
    await clock.advance(50);
    const { calls } = reader;
    stream.write('two\n');
    await clock.advance(1_000);
    expect(reader.calls).toBe(calls);
  });

  it('writes at the end what waits, and gives up after a second', () => {
    const { reader, stream } = open();
    reader.room = 0;
    stream.write('one\n');
    reader.room = 100;
    stream.end();
    expect([reader.text, reader.nappedMs]).toEqual(['one\n', 0]);
    reader.room = 0;
    stream.write('two\n');
    stream.end();
    expect([reader.text, reader.nappedMs]).toEqual(['one\n', 1_000]);
  });
});

it('a process goes on while nobody reads its log, and its last line comes after the others', async () => {
  const main = join(import.meta.dirname, 'programs/log-without-reader.ts');
  const child = spawn(process.execPath, ['--conditions=@mesh/source', main, '1500'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [said] = await once(child.stderr, 'data');
  expect(String(said)).toBe('written\n');
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
    if (printed.includes('"count":1500')) child.stdin.end();
  });
  await once(child, 'close');
  const lines = printed
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.slice(0, -1).map(({ count }) => count)).toEqual(
    Array.from({ length: 1_500 }, (_, n) => n + 1),
  );
  expect(lines.at(-1).msg).toBe('last');
});
