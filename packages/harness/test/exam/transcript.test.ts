import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseTranscript, renderTranscript, type Transcript, transcriptDigest } from '../../src/index.ts';
import { bytesOf } from './example-pool.ts';

const transcript: Transcript = {
  examId: 'ab'.repeat(16),
  salt: bytesOf(1),
  answers: [
    { index: 7, answer: 'Paris.\n' },
    { index: 2, problem: 'HTTP 500' },
  ],
};
const text = renderTranscript(transcript);

describe('a transcript', () => {
  it('is canonical JSON, and its digest SHA-256', () => {
    expect(text).toBe(
      `{"answers":[{"answer":"Paris.\\n","index":7},{"index":2,"problem":"HTTP 500"}],"exam_id":"${'ab'.repeat(16)}","salt":"${Buffer.from(bytesOf(1)).toString('base64')}"}`,
    );
    expect(transcriptDigest(text)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('can be read again', () => {
    expect(parseTranscript(text)).toEqual(transcript);
  });

  it('has another digest for any other character, salt, order or exam', () => {
    const others = [
      { ...transcript, examId: 'ac'.repeat(16) },
      { ...transcript, salt: bytesOf(2) },
      { ...transcript, answers: transcript.answers.toReversed() },
      { ...transcript, answers: [{ index: 7, answer: 'Paris.' }, ...transcript.answers.slice(1)] },
      { ...transcript, answers: [{ index: 7, problem: 'Paris.\n' }, ...transcript.answers.slice(1)] },
    ].map((other) => transcriptDigest(renderTranscript(other)));
    expect(new Set([transcriptDigest(text), ...others]).size).toBe(6);
  });

  it('keeps what has UTF-8, and replaces half a surrogate pair', () => {
    const answers = [{ index: 0, answer: 'a\ud800b 😀 \udc00' }];
    expect(parseTranscript(renderTranscript({ ...transcript, answers })).answers).toEqual([
      { index: 0, answer: 'a\ufffdb 😀 \ufffd' },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['another value', '[]'],
    ['white space', `${text} `],
    [
      'another order of keys',
      text.replace('{"index":2,"problem":"HTTP 500"}', '{"problem":"HTTP 500","index":2}'),
    ],
    ['an unknown key', text.replace('"exam_id"', '"a":1,"exam_id"')],
    ['an answer and a problem', text.replace('"index":2,', '"answer":"x","index":2,')],
    ['a negative index', text.replace('"index":7', '"index":-7')],
    ['a short salt', text.replace(/"salt":"[^"]+"/, '"salt":"AAAA"')],
  ])('with %s is refused', (_what, other) => {
    expect(other).not.toBe(text);
    expect(() => parseTranscript(other)).toThrow(expect.objectContaining({ code: 'invalid_transcript' }));
  });

  it('needs a salt of 32 bytes', () => {
    const refused = expect.objectContaining({ code: 'invalid_transcript' });
    expect(() => renderTranscript({ ...transcript, salt: new Uint8Array(31) })).toThrow(refused);
  });
});
