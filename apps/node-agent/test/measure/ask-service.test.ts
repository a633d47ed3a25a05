// A hostile service on a real socket. An error without a listener fails this whole test file, as it would end
// the process that asks.

import { systemTimers } from '@mesh/host';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askService } from '../../src/measure/child/ask-service.ts';
import { MAX_RESULT_BYTES } from '../../src/measure/result/measurement.ts';
import { type Behave, endless, listen, reset, send } from '../support/hostile-service.ts';
import { codeOf } from '../support/measure-fixtures.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`;

describe('a hostile service', () => {
  it.each([
    [
      'six encodings and a body without end',
      'malformed',
      endless(`${OK}content-encoding: ${'gzip, '.repeat(5)}gzip\r\n\r\n`, 'x'),
    ],
    ['one encoding', 'malformed', send(`${OK}content-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx`)],
    ['headers without end', 'unreachable', endless(OK, 'a: b\r\n')],
    ['one huge header', 'unreachable', send(`${OK}a: ${'b'.repeat(100_000)}\r\n\r\n`)],
    ['a body without end', 'too_large', endless(`${OK}\r\n`, 'x'.repeat(1_000))],
    ['a slow body', 'timeout', send(`${OK}content-length: 9\r\n\r\n{`)],
    ['half a head', 'timeout', send('HTTP/1.1 2')],
    ['a reset within the body', 'unreachable', reset(`${OK}content-length: 9\r\n\r\n{`)],
    ['an end within the body', 'unreachable', send(`${OK}content-length: 9\r\n\r\n{`, 'end')],
    ['no answer', 'unreachable', send('', 'end')],
    [
      'bytes that are no UTF-8',
      'malformed',
      send(Buffer.concat([Buffer.from(`${OK}content-length: 1\r\n\r\n`), Buffer.of(0xff)])),
    ],
    ['interim answers without end', 'malformed', endless('', 'HTTP/1.1 102 Processing\r\n\r\n')],
    [
      'an upgrade',
      'malformed',
      send('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    ],
    ['chunk extensions without end', 'unreachable', endless(`${CHUNKED}1;`, 'a=b;')],
    ['trailers without end', 'unreachable', endless(`${CHUNKED}0\r\n`, 'a: b\r\n')],
    ['two lengths', 'unreachable', send(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`)],
    ['no HTTP', 'unreachable', send('SSH-2.0-x\r\n')],
  ] as const)('that sends %s is a failed measurement: %s', async (_what, code, behave) => {
    expect(await codeOf(ask(await listen(behave), code === 'timeout' ? 200 : 20_000))).toBe(code);
  });

  it('leaves nothing behind that fails when the time is over', async () => {
    const encodings = endless(`${OK}content-encoding: ${'gzip, '.repeat(5)}gzip\r\n\r\n`, 'x');
    const failures: unknown[] = [];
    const note = (error: unknown) => failures.push(error);
    process.on('uncaughtExceptionMonitor', note);
    onTestFinished(() => void process.off('uncaughtExceptionMonitor', note));
    let code: unknown;
    await new Promise<void>((closed) => {
      const behave: Behave = (socket) => {
        socket.on('close', () => closed());
        encodings(socket);
      };
      void listen(behave).then(async (url) => {
        code = await codeOf(ask(url, 200));
      });
    });
    expect(failures).toEqual([]);
    await expect.poll(() => code).toBe('malformed');
  });

  it('may speak HTTP/1.0, and may send chunk extensions and trailers within reason', async () => {
    const scores = '{"scores":{"overall":0.5}}';
    const chunk = `${scores.length.toString(16)};a=b\r\n${scores}\r\n0\r\nt: x\r\n\r\n`;
    for (const behave of [send(`HTTP/1.0 200 OK\r\n\r\n${scores}`, 'end'), send(`${CHUNKED}${chunk}`)]) {
      expect(await ask(await listen(behave), 20_000)).toBe(scores);
    }
  });

  it('is named without the secrets in its URL', async () => {
    const address = (await listen(send('HTTP/1.1 500 x\r\n\r\n', 'end'))).replace(
      'http://',
      'http://me:secret@',
    );
    const failure = ask(`${address}/scores?key=secret`, 20_000);
    await expect(failure).rejects.toThrow(/^http:\/\/127\.0\.0\.1:\d+\/scores answers HTTP 500/);
  });
});

const ask = (url: string, timeoutMs: number) =>
  askService({ url, headers: {}, maxBytes: MAX_RESULT_BYTES, timeoutMs, timers: systemTimers });
