import { encodeBase64Url } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  enrolmentMessage,
  formatJoinToken,
  type JoinToken,
  JoinTokenError,
  parseJoinToken,
  type TokenId,
  tokenIdOf,
} from '../src/index.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const tokens: fc.Arbitrary<JoinToken> = fc.record({
  tokenId: bytes(9).map(tokenIdOf),
  secret: bytes(32),
  caPins: fc.array(bytes(32), { minLength: 1, maxLength: 4 }),
});

const ID = encodeBase64Url(new Uint8Array(9).fill(1));
const SECRET = encodeBase64Url(new Uint8Array(32).fill(2));
const PIN = encodeBase64Url(new Uint8Array(32).fill(3));
const GOOD = `meshjoin1.${ID}.${SECRET}.${PIN}`;

describe('a join token', () => {
  it('reads back as it was written, and fits into an enrolment', () => {
    fc.assert(
      fc.property(tokens, (token) => {
        const text = formatJoinToken(token);
        expect(parseJoinToken(text)).toEqual(token);
        expect(parseJoinToken(`\n ${text}\r\n`)).toEqual(token);
        expect(enrolmentMessage.shape.token.safeParse(text).success).toBe(true);
      }),
    );
  });

  it('has one text: any other text that can be read is another token', () => {
    fc.assert(
      fc.property(tokens, fc.nat(), fc.nat({ max: 63 }), (token, position, digit) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        const text = formatJoinToken(token);
        const at = position % text.length;
        const changed = `${text.slice(0, at)}${alphabet[digit]}${text.slice(at + 1)}`;
        if (changed === text) return;
        try {
          expect(parseJoinToken(changed)).not.toEqual(token);
        } catch (error) {
          expect(error).toBeInstanceOf(JoinTokenError);
        }
      }),
    );
  });

  it('four pins are read, for the time when a CA is replaced', () => {
    expect(parseJoinToken(`${GOOD}.${PIN}.${PIN}.${PIN}`).caPins).toHaveLength(4);
  });
});

describe('a damaged join token is refused, and the error does not repeat it', () => {
  it.each([
    ['empty', ''],
    ['white space', ' \n'],
    ['another prefix', GOOD.replace('meshjoin1', 'meshjoin2')],
    ['upper-case prefix', GOOD.replace('meshjoin1', 'MESHJOIN1')],
    ['prefix only', 'meshjoin1'],
    ['no pin', `meshjoin1.${ID}.${SECRET}`],
    ['an empty pin', `meshjoin1.${ID}.${SECRET}.`],
    ['five pins', `${GOOD}.${PIN}.${PIN}.${PIN}.${PIN}`],
    ['a trailing dot', `${GOOD}.`],
    ['an empty id', `meshjoin1..${SECRET}.${PIN}`],
    ['a short id', `meshjoin1.${ID.slice(1)}.${SECRET}.${PIN}`],
    ['a short secret', `meshjoin1.${ID}.${SECRET.slice(2)}.${PIN}`],
    ['a long secret', `meshjoin1.${ID}.${SECRET}AA.${PIN}`],
    ['a short pin', `meshjoin1.${ID}.${SECRET}.${PIN.slice(2)}`],
    ['spare bits in the secret', `meshjoin1.${ID}.${SECRET.slice(0, -1)}J.${PIN}`],
    ['padding', `meshjoin1.${ID}.${SECRET}=.${PIN}`],
    ['the standard alphabet', `meshjoin1.${ID}.${`+${SECRET.slice(1)}`}.${PIN}`],
    ['white space inside', GOOD.replace(SECRET, `${SECRET.slice(0, 20)} ${SECRET.slice(21)}`)],
    ['a line feed inside', GOOD.replace(SECRET, `${SECRET.slice(0, 20)}\n${SECRET.slice(21)}`)],
    ['a letter beyond ASCII', GOOD.replace(SECRET, `ä${SECRET.slice(1)}`)],
    ['white space without end', `${GOOD}${' '.repeat(512)}`],
    ['the token twice', `${GOOD}${GOOD}`],
    ['huge', `${GOOD}${'.x'.repeat(1_000_000)}`],
  ])('%s', (_what, text) => {
    let message = '';
    try {
      parseJoinToken(text);
    } catch (error) {
      expect(error).toBeInstanceOf(JoinTokenError);
      message = String(error);
    }
    expect(message).toContain('meshctl tokens create');
    for (const part of [ID.slice(1), SECRET.slice(2, 18), PIN.slice(2, 18)])
      expect(message).not.toContain(part);
  });

  it.each([0, 8, 10])('no id is made of %i bytes', (length) => {
    expect(() => tokenIdOf(new Uint8Array(length))).toThrow(RangeError);
  });

  it('a token that could not be read back is not written', () => {
    const token = parseJoinToken(GOOD);
    for (const damage of [
      { tokenId: 'a.b' as TokenId },
      { tokenId: '' as TokenId },
      { secret: new Uint8Array(31) },
      { caPins: [] },
      { caPins: Array(5).fill(token.caPins[0]) },
      { caPins: [new Uint8Array(20)] },
    ])
      expect(() => formatJoinToken({ ...token, ...damage })).toThrow(JoinTokenError);
  });
});
