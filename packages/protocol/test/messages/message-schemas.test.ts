import { describe, expect, it } from 'vitest';
import { configAnswer, configOrNotice, isDelta, isRemovalNotice } from '../../src/index.ts';
import { BAD, MANY_METRICS } from '../support/bad-messages.ts';
import { broken, GOOD, GOOD_LIST, KEY_32 } from '../support/good-messages.ts';

describe.each(GOOD_LIST)('$name', ({ schema, body }) => {
  it('a good one is accepted, and passed on unchanged', () => {
    expect(schema.parse(body)).toEqual(body);
  });

  it('an unknown key is refused', () => {
    expect(schema.safeParse({ ...body, extra: 1 }).success).toBe(false);
  });

  it('an own key named __proto__ is refused', () => {
    const text = JSON.stringify(body).replace('{', '{"__proto__":{"allowed":true},');
    expect(schema.safeParse(JSON.parse(text)).success).toBe(false);
  });

  it.each([null, undefined, [], 'text', 7, true])('%o is refused', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

it.each(BAD)('%s: %j that is %s is refused', (name, path, _what, value) => {
  const parsed = GOOD[name].schema.safeParse(broken(name, path, value));
  expect(parsed.success).toBe(false);
});

describe('an error does not repeat what a stranger sent', () => {
  it('the join token is not repeated', () => {
    const secret = 'meshjoin1.AAAAAAAAAAAA.very-secret\n';
    const parsed = GOOD.enrolment.schema.safeParse(broken('enrolment', 'token', secret));
    expect(JSON.stringify(parsed.error?.issues)).not.toContain('very-secret');
  });
});

describe('limits that must hold on both sides', () => {
  it.each([
    ['benchmark', 'scores/overall', 0],
    ['benchmark', 'scores/overall', 1],
    ['benchmark', 'sequence', Number.MAX_SAFE_INTEGER],
    ['benchmark', 'suite_version', 'ünï–é 😀 (v1)'],
    ['benchmark', 'notes', 'a\nb \u2028 c'],
    ['benchmark', 'scores/tostring', 0.5],
    ['removal notice', 'removed', []],
    ['removal notice', 'except', []],
    ['removal notice', 'challenge', undefined],
    ['config', 'class', 'default'],
    ['config', 'lease_seconds', 1],
    ['config', 'lease_seconds', 31 * 86_400],
    ['config', 'keys', undefined],
    ['config', 'keys/current', undefined],
    ['config', 'keys/current/psks/constructor', KEY_32],
    ['config', 'peers/0/endpoint', null],
    ['config delta', 'removed', []],
    ['officer request', 'reason', 'x'.repeat(512)],
  ] as const)('%s: %s may be %o', (name, path, value) => {
    expect(GOOD[name].schema.safeParse(broken(name, path, value)).error).toBeUndefined();
  });

  it('64 metrics are accepted', () => {
    const sixtyFour = Object.fromEntries([['overall', 0.5], ...Object.entries(MANY_METRICS).slice(0, 63)]);
    expect(Object.keys(sixtyFour)).toHaveLength(64);
    expect(GOOD.benchmark.schema.safeParse(broken('benchmark', 'scores', sixtyFour)).success).toBe(true);
  });

  it('a config of a thousand peers is read', () => {
    const [peer] = GOOD.config.body.peers;
    const peers = Array.from({ length: 1000 }, (_, i) => ({ ...peer, node_id: `node-${i}` }));
    const psks = Object.fromEntries(peers.map(({ node_id }) => [node_id, KEY_32]));
    const keysOfAll = { suite: 'none', next: { ...GOOD.config.body.keys.next, psks } };
    const body = { ...GOOD.config.body, peers, keys: keysOfAll };
    expect(GOOD.config.schema.parse(body)).toEqual(body);
  });
});

describe('an answer to a config query', () => {
  it('is a delta if and only if it names its base', () => {
    expect(isDelta(configAnswer.parse(GOOD.config.body))).toBe(false);
    expect(isDelta(configAnswer.parse(GOOD['config delta'].body))).toBe(true);
  });

  it('is a notice if and only if it names no node, and only where notices are asked for', () => {
    expect(isRemovalNotice(configOrNotice.parse(GOOD['removal notice'].body))).toBe(true);
    expect(isRemovalNotice(configOrNotice.parse(GOOD.config.body))).toBe(false);
    expect(isRemovalNotice(configOrNotice.parse(GOOD['config delta'].body))).toBe(false);
    expect(configAnswer.safeParse(GOOD['removal notice'].body).success).toBe(false);
    const both = { ...GOOD['config delta'].body, ...GOOD['removal notice'].body };
    expect(configOrNotice.safeParse(both).success).toBe(false);
  });

  it('cannot be both', () => {
    const both = { ...GOOD.config.body, ...GOOD['config delta'].body };
    expect(configAnswer.safeParse(both).success).toBe(false);
  });
});
