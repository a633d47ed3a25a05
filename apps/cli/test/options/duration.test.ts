import { describe, expect, it } from 'vitest';
import { parseDurationSeconds } from '../../src/options/duration.ts';

describe('a length of time', () => {
  it.each([
    ['0s', 0],
    ['90s', 90],
    ['30m', 1800],
    ['1h', 3600],
    ['7d', 604_800],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDurationSeconds(text)).toBe(seconds);
  });

  it.each([
    '',
    '5',
    'h',
    '1.5h',
    '-1h',
    '+1h',
    '1 h',
    '1H',
    '1h30m',
    '1w',
    '1ms',
    '1e3s',
    '9999999999s',
    '1h\n',
    '٣h',
  ])('%j is not a duration', (text) => {
    expect(parseDurationSeconds(text)).toBeUndefined();
  });
});
