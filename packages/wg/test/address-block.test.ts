import { describe, expect, it } from 'vitest';
import { cidrsOverlap, parseCidr } from '../src/index.ts';

describe('two address blocks', () => {
  it.each([
    ['10.77.0.0/16', '10.77.0.0/16', true],
    ['10.77.0.0/16', '10.77.255.255/32', true],
    ['10.77.0.0/16', '10.76.255.255/32', false],
    ['10.77.0.0/16', '10.78.0.0/32', false],
    ['0.0.0.0/0', '255.255.255.255/32', true],
    ['0.0.0.0/1', '128.0.0.0/1', false],
    ['fd77::/64', 'fd77::ffff:ffff:ffff:ffff/128', true],
    ['fd77::/64', 'fd77:0:0:1::/128', false],
    ['::/0', 'fd77::/64', true],
    ['0.0.0.0/0', '::/0', false],
    ['0.0.0.0/0', '::/96', false],
  ])('%s and %s overlap: %s, whichever comes first', (one, other, expected) => {
    const [a, b] = [parseCidr(one), parseCidr(other)];
    expect([cidrsOverlap(a, b), cidrsOverlap(b, a)]).toEqual([expected, expected]);
  });
});
