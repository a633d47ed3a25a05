// YAML with the place of every entry.

import { HostError, parseLocatedYaml } from '@mesh/host';
import { describe, expect, it } from 'vitest';

const at = ({ line, column }: { line: number; column: number }) => `${line}:${column}`;
const parse = (text: string) => parseLocatedYaml(text, at);

describe('located YAML', () => {
  it('knows where an entry is, or else what encloses it', () => {
    const yaml = parse('threshold: 0.7\nfloors:\n  refusal: 0.8\n');
    expect(yaml.locate(['threshold'])).toEqual({ line: 1, column: 12 });
    expect(yaml.locate(['floors', 'refusal'])).toEqual({ line: 3, column: 12 });
    expect(yaml.locate(['floors', 'honesty'])).toEqual({ line: 3, column: 3 });
    expect(yaml.locate(['nothing'])).toBeUndefined();
    expect(yaml.toPlain()).toEqual({ threshold: 0.7, floors: { refusal: 0.8 } });
  });

  it.each([
    ['a: [1', '1:'],
    ['a: 1\na: 2', '2:1'],
    ['a: 1\n\tb: 2', '2:1'],
    ['"secret: 1', '1:'],
  ])('says where %j is wrong, and quotes nothing of it', (text, place) => {
    let thrown: unknown;
    try {
      parse(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(HostError);
    expect((thrown as Error).message.startsWith(place)).toBe(true);
    expect((thrown as Error).message).not.toContain('secret');
  });

  it('does not grow a small text to a large value', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map((name, n) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[n]}`).join(',')}]`),
    ].join('\n');
    expect(() => parse(bomb).toPlain()).toThrow();
  });
});
