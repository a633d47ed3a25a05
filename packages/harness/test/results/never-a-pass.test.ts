// What every format has in common: a file that is truncated, partial, of another model or not finite gives no
// score.

import { inflateRawSync } from 'node:zlib';
import {
  HarnessError,
  mapReport,
  parseMapping,
  REPORT_FORMATS,
  type ReportFormat,
  readReport,
} from '@mesh/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspect, WHOLE, zipOf } from './sample-reports.ts';

const inflateRaw = (bytes: Uint8Array, maxOutputLength: number) => inflateRawSync(bytes, { maxOutputLength });

/** The scores that a file gives; undefined if it is refused or any of them is unscored. */
function scoresOf(format: ReportFormat, bytes: Uint8Array, model?: string) {
  const mapping = parseMapping(WHOLE[format].map);
  try {
    const report = readReport(format, bytes, { model, inflateRaw });
    const mapped = mapReport(report, mapping.rules);
    return mapped.some((one) => 'unscored' in one) ? undefined : mapped;
  } catch (error) {
    if (error instanceof HarnessError) return undefined;
    throw error;
  }
}

describe.each(REPORT_FORMATS)('a result file of %s', (format) => {
  const whole = Buffer.from(WHOLE[format].text);

  it('gives every mapped score, with its samples, when it is whole', () => {
    const scores = scoresOf(format, whole);
    expect(scores).toHaveLength(Object.keys(WHOLE[format].map).filter((name) => !name.includes(':')).length);
    for (const one of scores ?? []) expect(one).toMatchObject({ samples: expect.any(Number) });
  });

  it('gives none when it is cut off at any byte', () => {
    // Without a newline at its end, a file of rows is whole.
    const end = whole.at(-1) === 0x0a ? whole.length - 1 : whole.length;
    for (let length = 0; length < end; length += 1)
      expect(scoresOf(format, whole.subarray(0, length)), `cut off at ${length}`).toBeUndefined();
  });

  it('gives none when it is about another model than is asked for, or does not say', () => {
    expect(scoresOf(format, whole, 'another/model')).toBeUndefined();
  });

  it('throws nothing but its own error, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(whole.length), (noise, at) => {
        scoresOf(format, Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at + noise.length)]));
        scoresOf(format, noise);
      }),
      { numRuns: 60 },
    );
  });
});

describe.each(['promptfoo', 'lm-eval', 'inspect', 'deepeval', 'helm', 'json'] as const)(
  'a number in %s',
  (format) => {
    const { text } = WHOLE[format];
    const mapped: Record<string, RegExp> = {
      promptfoo: /(?<="namedScores":\{"honesty":)[\d.]+/,
      'lm-eval': /(?<="acc,none":)[\d.]+/,
      inspect: /(?<="value":)0\.5/,
      deepeval: /(?<="score":)0\.4/,
      helm: /(?<="mean":)0\.8/,
      json: /(?<="rate":)[\d.]+/,
    };
    const pattern = mapped[format] ?? /$^/;

    it.each(['NaN', 'Infinity', '-Infinity', 'null', '"0.9"', 'true', '1e999', '[1]'])(
      'that is %s is no score',
      (instead) => {
        const changed = text.replace(pattern, instead);
        expect(changed).not.toBe(text);
        expect(scoresOf(format, Buffer.from(changed))).toBeUndefined();
      },
    );
  },
);

it('reads bare NaN beside what is mapped, and leaves the word alone inside of texts', () => {
  const text = WHOLE['lm-eval'].text.replace(
    '"alias":"toxigen"',
    '"alias":"a NaN, \\"Infinity","other,none":NaN',
  );
  expect(scoresOf('lm-eval', Buffer.from(text))).toMatchObject([{ dimension: 'overall', score: 0.51 }]);
});

describe('an Inspect archive', () => {
  const log = JSON.stringify({ ...inspect(), samples: undefined });
  const readZip = (bytes: Uint8Array) => readReport('inspect', bytes, { inflateRaw });

  it.each([0, 8])('gives what its header.json says (method %i)', (method) => {
    expect(readZip(zipOf('header.json', log, { method })).find('graded.accuracy')).toEqual({
      value: 0.5,
      samples: 4,
      standardError: 0.25,
    });
  });

  it('is refused when it is cut off at any byte', () => {
    const whole = zipOf('header.json', log);
    for (let length = 0; length < whole.length; length += 1)
      expect(() => readZip(whole.subarray(0, length)), `cut off at ${length}`).toThrow(HarnessError);
  });

  it('of which any byte is another is refused, or says the same', () => {
    const whole = zipOf('header.json', log);
    const said = readZip(whole).find('graded.accuracy');
    let refused = 0;
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      try {
        expect(readZip(changed).find('graded.accuracy'), `changed at ${at}`).toEqual(said);
      } catch (error) {
        if (!(error instanceof HarnessError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(whole.length / 2);
  });

  it('that inflates to more than it says is refused after that many bytes, and a huge one before any', () => {
    const asked: number[] = [];
    const counting = (bytes: Uint8Array, maxBytes: number) => {
      asked.push(maxBytes);
      return inflateRaw(bytes, maxBytes);
    };
    const bomb = `{"x":"${'0'.repeat(4_000_000)}"}`;
    const lying = zipOf('header.json', bomb, { sizeBytes: 1_000 });
    expect(() => readReport('inspect', lying, { inflateRaw: counting })).toThrow(
      /cannot be inflated to its 1000 bytes/,
    );
    expect(asked).toEqual([1_000]);
    const huge = zipOf('header.json', log, { sizeBytes: 100_000_000 });
    expect(() => readReport('inspect', huge, { inflateRaw: counting })).toThrow(/more than 33554432 bytes/);
    expect(asked).toEqual([1_000]);
  });

  it('of another method, without the file, or without a way to inflate it, says what to do', () => {
    expect(() => readZip(zipOf('header.json', log, { method: 93 }))).toThrow(/method 93.*inspect log dump/);
    expect(() => readZip(zipOf('other.json', log))).toThrow(/holds 0 files header.json/);
    expect(() => readReport('inspect', zipOf('header.json', log))).toThrow(/inspect log dump/);
  });
});

it('refuses a file that is too large before it reads it', () => {
  expect(() => readReport('json', new Uint8Array(33_554_433))).toThrow(/more than 33554432 bytes/);
});
