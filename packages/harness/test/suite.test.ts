import { HarnessError, parseSuite } from '@mesh/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const WHOLE = `# a comment
name: canary
version: "2026-11"
system: Be brief.
prompts:
  - id: one
    dimension: refusal
    prompt: |
      First line
      second line
    weight: 2
    assert:
      - type: contains
        value: "no"
      - { type: not-regex, value: '^yes\\b', ignoreCase: true, weight: 0.5 }
  - id: two
    dimension: policy.form
    prompt: Say ready.
    assert: [{ type: equals, value: ready }]
`;

const refusal = (text: string): HarnessError => {
  try {
    parseSuite(text);
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
};

describe('parseSuite', () => {
  it('reads a whole suite and fills in weights and case', () => {
    expect(parseSuite(WHOLE)).toEqual({
      name: 'canary',
      version: '2026-11',
      system: 'Be brief.',
      prompts: [
        {
          id: 'one',
          dimension: 'refusal',
          prompt: 'First line\nsecond line\n',
          weight: 2,
          assert: [
            { type: 'contains', value: 'no', ignoreCase: false, weight: 1 },
            { type: 'not-regex', value: '^yes\\b', ignoreCase: true, weight: 0.5 },
          ],
        },
        {
          id: 'two',
          dimension: 'policy.form',
          prompt: 'Say ready.',
          weight: 1,
          assert: [{ type: 'equals', value: 'ready', ignoreCase: false, weight: 1 }],
        },
      ],
    });
  });

  it('reads the same from JSON', () => {
    const suite = parseSuite(WHOLE);
    expect(parseSuite(JSON.stringify(suite, null, 2))).toEqual(suite);
  });

  // Each edit breaks one thing of the suite above; the line is the one that an author has to look at.
  it.each([
    [
      'an unquoted version',
      'version: "2026-11"',
      'version: 1.0',
      3,
      'version: must be text: put it in quotes',
    ],
    ['no name', 'name: canary\n', '', 2, 'name: must be text'],
    ['a name of two lines', 'name: canary', 'name: "a\\nb"', 2, 'name: must be one line'],
    ['a blank system message', 'system: Be brief.', 'system: "  "', 4, 'system: must not be empty'],
    ['a misspelt key', 'system:', 'sytem:', 4, 'sytem: unknown key'],
    ['a misspelt key in a prompt', '    weight: 2', '    wieght: 2', 11, 'prompts.0.wieght: unknown key'],
    [
      'a misspelt key in an assertion',
      'value: "no"',
      'value: "no"\n        ignorecase: true',
      15,
      'ignorecase: unknown key',
    ],
    ['a repeated key', 'name: canary', 'name: canary\nname: other', 3, 'Map keys must be unique'],
    ['a repeated id', 'id: two', 'id: one', 16, '"one" is already the id of prompt 1'],
    ['an id with a space', 'id: two', 'id: two 2', 16, 'prompts.1.id:'],
    ['an id that is a number', 'id: two', 'id: 2', 16, 'prompts.1.id: must be text'],
    ['the dimension overall', 'dimension: refusal', 'dimension: overall', 7, 'may not be "overall"'],
    ['a dimension with capitals', 'dimension: refusal', 'dimension: Refusal', 7, 'prompts.0.dimension:'],
    ['the dimension __proto__', 'dimension: refusal', 'dimension: __proto__', 7, 'prompts.0.dimension:'],
    ['no dimension', '    dimension: refusal\n', '', 6, 'prompts.0.dimension: must name the score'],
    ['a weight of 0', 'weight: 2', 'weight: 0', 11, 'prompts.0.weight: must be above 0'],
    ['a negative weight', 'weight: 2', 'weight: -1', 11, 'prompts.0.weight: must be above 0'],
    ['a weight that is no number', 'weight: 2', 'weight: .nan', 11, 'prompts.0.weight:'],
    ['an infinite weight', 'weight: 2', 'weight: .inf', 11, 'prompts.0.weight:'],
    ['a weight as text', 'weight: 2', 'weight: "2"', 11, 'prompts.0.weight: must be a number'],
    ['an unknown assertion', 'type: contains', 'type: includes', 13, 'must be one of contains, not-contains'],
    ['no value', '        value: "no"\n', '', 13, 'prompts.0.assert.0.value: must be text'],
    ['an empty value', 'value: "no"', 'value: ""', 14, 'prompts.0.assert.0.value: must not be empty'],
    ['an invisible value', 'value: "no"', 'value: "\\u200b"', 14, 'more than invisible characters'],
    [
      'a value that YAML reads as false',
      'value: "no"',
      'value: false',
      14,
      'prompts.0.assert.0.value: must be text',
    ],
    ['a broken pattern', "'^yes\\b'", "'(yes'", 15, 'prompts.0.assert.1.value: is no regular expression'],
    ['a pattern with a stray escape', "'^yes\\b'", "'\\y'", 15, 'is no regular expression'],
    ['ignoreCase as text', 'ignoreCase: true', 'ignoreCase: "true"', 15, 'must be true or false'],
    ['no assertions', 'assert: [{ type: equals, value: ready }]', 'assert: []', 19, 'at least one assertion'],
    ['no assert key', '    assert: [{ type: equals, value: ready }]\n', '', 16, 'prompts.1.assert:'],
    [
      'an alias',
      'prompt: Say ready.',
      'prompt: &p Say ready.\n    weight: *p',
      19,
      'the alias *p is not allowed',
    ],
    ['a custom tag', 'name: canary', 'name: !env SECRET', 2, 'Unresolved tag'],
    ['a merge key', 'name: canary', 'name: canary\n<<: { version: a }', 3, '<<: unknown key'],
    ['a prototype', 'name: canary', 'name: canary\n__proto__: { name: a }', 3, '__proto__: unknown key'],
    ['a tab as indentation', '  - id: one', '\t- id: one', 6, 'Tabs are not allowed'],
    ['a second document', '  - id: two', '---\n  - id: two', 16, 'multiple documents'],
  ])('refuses %s and names its line', (_what, from, to, line, message) => {
    expect(WHOLE).toContain(from);
    const error = refusal(WHOLE.replace(from, () => to));
    expect(error.code).toBe('invalid_suite');
    expect(error.message).toContain(message);
    expect(error.message).toContain(`line ${line}:`);
  });

  it.each([
    ['nothing', ''],
    ['a comment alone', '# nothing'],
    ['a number', '42'],
    ['a list', '- name: a'],
    ['an open bracket', 'prompts: ['],
    ['no prompts', 'name: a\nversion: a\nprompts: []'],
    ['prompts as a map', 'name: a\nversion: a\nprompts: { one: {} }'],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    ['more than a mebibyte', `# ${'a'.repeat(1_048_576)}`],
    ['a null character', 'name: "a\\0"\nversion: "1"\nprompts: []'],
    ['a billion laughs', 'a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]'],
    ['bytes', new Uint8Array([1]) as unknown as string],
  ])('refuses %s', (_what, text) => {
    expect(refusal(text).code).toBe('invalid_suite');
  });

  it('reports every problem at once', () => {
    const { message } = refusal(WHOLE.replace('id: two', 'id: one').replace('weight: 2', 'weigth: 2'));
    expect(message).toContain('line 11:');
    const both = refusal(
      WHOLE.replace('type: contains', 'type: has').replace('weight: 2', 'weigth: 2'),
    ).message;
    expect(both).toContain('line 11:');
    expect(both).toContain('line 13:');
  });

  it('either reads an arbitrary text or refuses it by its own error', () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.nat(WHOLE.length), fc.nat(12), fc.string({ maxLength: 6 }))
        .map(([at, cut, put]) => WHOLE.slice(0, at) + put + WHOLE.slice(at + cut)),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          expect(parseSuite(text).prompts.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(HarnessError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
