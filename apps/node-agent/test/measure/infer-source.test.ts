import { describe, expect, it } from 'vitest';
import { inferSource } from '../../src/measure/infer-source.ts';
import { settingsSchema } from '../../src/settings/agent-settings.ts';

const infer = (measure: object) => inferSource(settingsSchema.parse({ measure }).measure);

describe('a source that is not chosen', () => {
  it.each([
    ['none', {}],
    ['canary', { canary: { endpoint: 'http://h' } }],
    ['canary', { canary: { suite: 's' } }],
    ['command', { command: { argv: ['a'] } }],
    ['canary', { canary: { ca_file: 'f' } }],
    ['file', { file: { path: 'f' } }],
    ['url', { url: { ca_file: 'f' } }],
    ['url', { url: { api_key_file: 'f' } }],
    ['url', { url: { url: 'http://h' } }],
    ['report', { report: { path: 'f' } }],
    ['attestation', { attestation: { path: 'f' } }],
    ['prometheus', { prometheus: { url: 'http://h' } }],
    ['none', { source: 'none', url: { url: 'http://h' } }],
    ['file', { source: 'file', file: { path: 'f' }, url: { url: 'http://h' } }],
  ])('is %s', (source, measure) => {
    expect(infer(measure)).toBe(source);
  });

  it('is refused if two sources have settings', () => {
    expect(() => infer({ canary: { suite: 's' }, url: { url: 'http://h' } })).toThrow(
      /measure\.canary and measure\.url are set: write measure\.source: canary/,
    );
  });
});

it.each(['model', 'messages', 'stream'])('the request field %s is refused with its path', (name) => {
  const parsed = settingsSchema.safeParse({ measure: { canary: { request: { [name]: 1 } } } });
  expect(parsed.error?.issues[0]?.path).toEqual(['measure', 'canary', 'request', name]);
});
