import { describe, expect, it } from 'vitest';
import { MeasurementError, readResult, toMeasurement } from '../../src/measure/result/measurement.ts';

describe('a result', () => {
  const defaults = { measuredAtMs: 5, suiteVersion: 'default' };

  it('is read with its own time and version, if it has them', () => {
    const text = JSON.stringify({
      scores: { overall: 0.5, refusal: 1 },
      samples: { overall: 3 },
      suite_version: 'mine/2',
      measured_at: '2026-01-05T12:00:00Z',
      measured_by: 'third_party',
    });
    expect(toMeasurement(readResult(text, 'x'), { ...defaults, challenge: 'c' })).toEqual({
      measuredAtMs: Date.UTC(2026, 0, 5, 12),
      suiteVersion: 'mine/2',
      scores: { overall: 0.5, refusal: 1 },
      samples: { overall: 3 },
      measuredBy: 'third_party',
      challenge: 'c',
    });
    expect(toMeasurement(readResult('{"scores":{"overall":1}}', 'x'), defaults)).toMatchObject({
      measuredAtMs: 5,
      suiteVersion: 'default',
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"scores":{}}',
    '{"scores":{"refusal":1}}',
    '{"scores":{"overall":"1"}}',
    '{"scores":{"overall":1.01}}',
    '{"scores":{"overall":-0.01}}',
    '{"scores":{"overall":1e999}}',
    '{"scores":{"overall":NaN}}',
    '{"scores":{"overall":null}}',
    '{"scores":{"overall":0,"overall":1}}',
    '{"scores":{"overall":1,"__proto__":1}}',
    '{"scores":{"overall":1,"Upper":1}}',
    '{"scores":{"overall":1},"extra":1}',
    '{"scores":{"overall":1},"samples":{"overall":-1}}',
    '{"scores":{"overall":1},"samples":{"overall":1.5}}',
    '{"scores":{"overall":1},"suite_version":"two\\nlines"}',
    '{"scores":{"overall":1},"measured_at":"yesterday"}',
    '{"scores":{"overall":1},"measured_at":"2026-01-05T12:00:00"}',
    '{"scores":{"overall":1},"measured_by":"trust me"}',
    '{"scores":{"overall":1}} trailing',
  ])('%s is no result', (text) => {
    expect(() => readResult(text, 'x')).toThrow(MeasurementError);
  });
});
