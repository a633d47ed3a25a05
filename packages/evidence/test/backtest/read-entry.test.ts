// What a backtest reads of the log's entries: times as the protocol's parser reads them, whole results, and
// nothing of what is none.

import { formatRfc3339, parseRfc3339 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { readInstant } from '../../src/backtest/read-instant.ts';
import { readEntry, replayEventsOf } from '../../src/backtest/replay-event-of.ts';

const T0 = parseRfc3339('2026-11-30T23:59:58.900Z');

describe('the time of an entry', () => {
  it('is what the parser reads, from one minute, hour and year to the next and back', () => {
    for (const stepMs of [7, 999, 1_000, 59_993, 60_000, 3_599_999, 86_400_000, -61_001, 31_536_000_000])
      for (let at = 0; at < 50; at++) {
        const text = formatRfc3339(T0 + at * stepMs);
        expect(readInstant(text)).toBe(parseRfc3339(text));
      }
  });

  it.each([
    '2026-01-05T12:34:50Z',
    '2026-01-05T12:34:50.1Z',
    '2026-01-05T12:34:50.123456Z',
    '2026-01-05T12:34:50+02:00',
    '2026-01-05T12:34:50.123-00:30',
  ])('may be written in another form: %s', (text) => {
    readInstant('2026-01-05T12:34:00.000Z');
    expect(readInstant(text)).toBe(parseRfc3339(text));
  });

  it.each([
    ...['', 'now', '2026-01-05', '2026-01-05T12:34:60.000Z', '2026-01-05T12:34:5a.000Z'],
    ...['2026-01-05T12:34:50,000Z', '2026-01-05T12:34:50.000z', '2026-02-30T12:34:50.000Z'],
    ...['2026-01-05T12:34:50.0 0Z', '2026-01-05T24:00:00.000Z', 12, null, undefined, {}],
  ])('is none in %j, in a known minute too', (text) => {
    readInstant('2026-01-05T12:34:00.000Z');
    expect(readInstant(text)).toBeUndefined();
  });
});

const AT = formatRfc3339(T0);
const REVEALED = {
  scores: { overall: 0.9, refusal: 1 },
  samples: { overall: 50, refusal: 20 },
  measured_by: 'third_party',
  suite_version: '1',
  measured_at: formatRfc3339(T0 - 400),
  arrived_at: AT,
  sent_at: formatRfc3339(T0 - 20),
  signals: { latencyMs: 180.5, errorRate: 0, handshakes: 1, skewMs: -3 },
};
const eventsOf = (revealed: unknown, over: object = {}) => {
  const read = readEntry({
    index: 1,
    entry: { type: 'benchmark_accepted', at: AT, node_id: 'node-a', data: {}, revealed, ...over },
  });
  return read && replayEventsOf(read);
};

describe('a result', () => {
  it('is read whole', () => {
    const benchmark = {
      scores: REVEALED.scores,
      samples: REVEALED.samples,
      measuredBy: 'third_party',
      measuredAtMs: T0 - 400,
      arrivedAtMs: T0,
      sentAtMs: T0 - 20,
      signals: REVEALED.signals,
    };
    expect(eventsOf(REVEALED)).toEqual([{ kind: 'benchmark', nodeId: 'node-a', atMs: T0, benchmark }]);
  });

  it.each(['samples', 'measured_by', 'sent_at', 'signals'])('needs no %s', (name) => {
    expect(eventsOf({ ...REVEALED, [name]: undefined })).toMatchObject([{ kind: 'benchmark' }]);
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'gone'],
    ['a list', []],
    ['no scores', { ...REVEALED, scores: undefined }],
    ['a list of scores', { ...REVEALED, scores: [1] }],
    ['a score in words', { ...REVEALED, scores: { overall: '0.9' } }],
    ['a sample that is null', { ...REVEALED, samples: { overall: null } }],
    ['a measurer that is a number', { ...REVEALED, measured_by: 1 }],
    ['no time of measurement', { ...REVEALED, measured_at: undefined }],
    ['no time of arrival', { ...REVEALED, arrived_at: 'today' }],
    ['a time of sending that is none', { ...REVEALED, sent_at: 5 }],
    ['signals that are no object', { ...REVEALED, signals: 3 }],
    ['a signal in words', { ...REVEALED, signals: { latencyMs: 'slow' } }],
  ])('is left out as erased with %s', (_what, revealed) => {
    expect(eventsOf(revealed)).toBe('erased');
  });

  it.each([
    ['a time that is none', { at: 'then' }],
    ['no type', { type: undefined }],
    ['a node that is no text', { node_id: 7 }],
  ])('is no entry with %s', (_what, over) => {
    expect(eventsOf(REVEALED, over)).toBeUndefined();
  });
});
