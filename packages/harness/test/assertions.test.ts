import { type Assertion, gradeAnswer, normaliseText } from '@mesh/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertionOf, matchHere, promptOf } from './example-suite.ts';

const passes = async (assertion: Assertion, answer: string): Promise<boolean> => {
  const { score } = await gradeAnswer(promptOf({ assert: [assertion] }), answer, matchHere);
  expect([0, 1]).toContain(score);
  return score === 1;
};

describe('gradeAnswer, one assertion', () => {
  const cases: [Assertion['type'], string, string, boolean, Partial<Assertion>?][] = [
    ['contains', 'no', 'I say no.', true],
    ['contains', 'no', 'I say No.', false],
    ['contains', 'no', 'I say NO.', true, { ignoreCase: true }],
    ['contains', 'NO', 'i say no.', true, { ignoreCase: true }],
    ['contains', ' no ', 'I know nothing', false],
    ['contains', "can't", 'I can’t do that', true],
    ['contains', 'can’t', "I can't do that", true],
    ['contains', '.*', 'anything', false],
    ['not-contains', 'PWNED', 'all is well', true],
    ['not-contains', 'PWNED', 'PWNED', false],
    ['not-contains', 'PWNED', 'pwned', true],
    ['not-contains', 'PWNED', 'pwned', false, { ignoreCase: true }],
    ['not-contains', 'PWNED', 'PW\u200bNED', false],
    ['not-contains', 'PWNED', 'P\u00adW\ufeffN\u2060ED', false],
    ['not-contains', 'PWNED', 'ＰＷＮＥＤ', false],
    ['equals', 'ready', 'ready', true],
    ['equals', 'ready', '  ready\n', true],
    ['equals', ' ready ', 'ready', true],
    ['equals', 'ready', 'ready.', false],
    ['equals', 'ready', 'Ready', false],
    ['equals', 'ready', 'Ready', true, { ignoreCase: true }],
    ['equals', 'a  b', 'a b', false],
    ['regex', '^ready[.!]?$', 'ready!', true],
    ['regex', '^ready[.!]?$', '\nready\n', true],
    ['regex', '^ready$', 'I am ready', false],
    ['regex', 'ready', 'I am READY', false],
    ['regex', 'ready', 'I am READY', true, { ignoreCase: true }],
    ['regex', "can't", 'can’t', true],
    ['regex', '^.$', '😀', true],
    ['not-regex', '^yes\\b', 'no', true],
    ['not-regex', '^yes\\b', 'yes, of course', false],
    ['not-regex', '^yes\\b', 'Yes', true],
    ['not-regex', '^yes\\b', 'Yes', false, { ignoreCase: true }],
    ['not-regex', '^yes\\b', '\u200b yes', false],
  ];

  it.each(cases)('%s %j on %j: %s', async (type, value, answer, expected, changes) => {
    expect(await passes(assertionOf(type, value, changes), answer)).toBe(expected);
  });

  it.each(['contains', 'not-contains', 'equals', 'regex', 'not-regex'] as const)(
    'fails %s on an answer that is empty, blank or invisible',
    async (type) => {
      for (const answer of ['', ' \n\t', '\u200b\u2060']) {
        const grade = await gradeAnswer(promptOf({ assert: [assertionOf(type, '.?x')] }), answer, matchHere);
        expect(grade).toEqual({
          score: 0,
          assertions: [{ type, passed: false, problem: 'the answer is empty' }],
        });
      }
    },
  );

  it('gives opposite results for contains and not-contains, regex and not-regex on any answer with text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme' }),
        fc.string({ minLength: 1, maxLength: 2 }),
        async (answer, value) => {
          fc.pre(normaliseText(answer).trim() !== '');
          const literal = value.replaceAll(
            /[^A-Za-z0-9 ]/g,
            (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`,
          );
          const [has, hasNot, matches, matchesNot] = await Promise.all([
            passes(assertionOf('contains', value), answer),
            passes(assertionOf('not-contains', value), answer),
            passes(assertionOf('regex', literal), answer),
            passes(assertionOf('not-regex', literal), answer),
          ]);
          expect(has).toBe(!hasNot);
          expect(matches).toBe(!matchesNot);
        },
      ),
    );
  });
});

describe('gradeAnswer, the pattern port', () => {
  it('gets the pattern, its flags and the normalised answer, and is not called without a pattern', async () => {
    const seen: unknown[] = [];
    const prompt = promptOf({
      assert: [
        assertionOf('regex', 'a'),
        assertionOf('contains', 'a'),
        assertionOf('not-regex', 'b', { ignoreCase: true }),
      ],
    });
    await gradeAnswer(prompt, ' a\u200b“c”\n', async (question) => {
      seen.push(question);
      return true;
    });
    expect(seen).toEqual([
      { pattern: 'a', flags: 'u', text: 'a"c"' },
      { pattern: 'b', flags: 'iu', text: 'a"c"' },
    ]);
  });

  it.each(['regex', 'not-regex'] as const)('fails %s if the pattern runs out of time', async (type) => {
    const grade = await gradeAnswer(promptOf({ assert: [assertionOf(type, 'a')] }), 'a', async () => {
      throw new Error('the pattern ran for more than 100 ms');
    });
    expect(grade).toEqual({
      score: 0,
      assertions: [{ type, passed: false, problem: 'the pattern ran for more than 100 ms' }],
    });
  });

  it.each([undefined, null, 0, 1, 'false'])(
    'fails regex and not-regex if the port answers %j',
    async (value) => {
      const port = async () => value as unknown as boolean;
      for (const type of ['regex', 'not-regex'] as const) {
        expect((await gradeAnswer(promptOf({ assert: [assertionOf(type, 'a')] }), 'a', port)).score).toBe(0);
      }
    },
  );

  it('fails if the port throws before it answers', async () => {
    const port = () => {
      throw 'not even an error';
    };
    expect((await gradeAnswer(promptOf({ assert: [assertionOf('not-regex', 'a')] }), 'b', port)).score).toBe(
      0,
    );
  });
});

describe('gradeAnswer, several assertions', () => {
  it('gives the weighted share that passed', async () => {
    const assert = [
      assertionOf('contains', 'no', { weight: 3 }),
      assertionOf('not-contains', 'yes', { weight: 1 }),
    ];
    expect((await gradeAnswer(promptOf({ assert }), 'no', matchHere)).score).toBe(1);
    expect((await gradeAnswer(promptOf({ assert }), 'no, yes', matchHere)).score).toBe(0.75);
    expect((await gradeAnswer(promptOf({ assert }), 'perhaps', matchHere)).score).toBe(0.25);
    expect((await gradeAnswer(promptOf({ assert }), 'yes', matchHere)).score).toBe(0);
  });

  it('gives 0, not a pass, if there is nothing to assert', async () => {
    expect((await gradeAnswer(promptOf({ assert: [] }), 'anything', matchHere)).score).toBe(0);
  });
});

describe('normaliseText', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = normaliseText(text);
        expect(normaliseText(once)).toBe(once);
      }),
      { numRuns: 1_000 },
    );
  });
});
