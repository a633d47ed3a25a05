// What a node takes of a config with probation tunnels.

import { describe, expect, it } from 'vitest';
import { current, delta, full, mergeAnswer, merged, peersOf, wirePeer } from '../support/config-answers.ts';
import { node } from '../support/plan-fixtures.ts';

const keys = (names: readonly string[]) => ({ suite: 'none' as const, current: current(4, names) });
const tunnel = (name: string, of: 'self' | 'peer') => ({
  ...wirePeer(name),
  limit: { bits_per_second: 1_000_000 },
  service_port: 8_080,
  service_of: of,
});
const denied = { allowed: false, reason: 'not measured well enough', reason_code: 'below_threshold' };

describe('a config that denies the node', () => {
  it('brings its examiners with their keys, and nobody else', () => {
    const before = merged(undefined, full(['a', 'b', 'c']));
    const answer = full([], {
      ...denied,
      peers: [tunnel('b', 'self'), wirePeer('c')],
      keys: keys(['a', 'b', 'c']),
    });
    const config = merged(before, answer);
    expect(peersOf(config)).toEqual(['b']);
    expect(config.peers.get(node('b'))).toMatchObject({
      onlyService: { port: 8_080, of: 'self' },
      limit: 1_000_000,
    });
    expect([...(config.keySets[0]?.psks.keys() ?? [])]).toEqual(['b']);
  });

  it('leaves no key without a tunnel', () => {
    const config = merged(merged(undefined, full(['a'])), full(['a'], denied));
    expect([peersOf(config), config.keySets]).toEqual([[], []]);
  });

  it('frees nobody as a delta', () => {
    const held = merged(undefined, full([], { ...denied, peers: [tunnel('b', 'self')], keys: keys(['b']) }));
    const config = merged(held, delta({ ...denied, added: [wirePeer('a'), wirePeer('b')] }));
    expect(peersOf(config)).toEqual([]);
    const refused = mergeAnswer(held, delta({ ...denied, base: 'v7', added: [wirePeer('a')] }));
    expect(refused).toMatchObject({ kind: 'refetch', config: { allowed: false } });
    expect(refused.config?.peers.size).toBe(1);
  });
});

describe('an examiner', () => {
  it('takes the node that it examines beside its peers, and loses it with its key', () => {
    const before = merged(undefined, full(['a']));
    const config = merged(before, delta({ added: [tunnel('b', 'peer')], keys: keys(['b']) }));
    expect(peersOf(config)).toEqual(['a', 'b']);
    expect(config.peers.get(node('b'))?.onlyService).toMatchObject({ port: 8_080, of: 'peer' });
    const after = merged(config, delta({ version: 'v3', base: 'v2', removed: [node('b')] }));
    expect([peersOf(after), [...(after.keySets[0]?.psks.keys() ?? [])]]).toEqual([['a'], ['a']]);
  });

  it.each([
    ['has no end', { service_port: 8_080 }],
    ['has no port', { service_of: 'peer' as const }],
  ])('leaves out a peer whose service %s', (_, part) => {
    const { peers, faults } = (() => {
      const result = mergeAnswer(
        undefined,
        full([], { peers: [{ ...wirePeer('b'), ...part }], keys: keys([]) }),
      );
      return { peers: result.config?.peers.size, faults: result.faults };
    })();
    expect(peers).toBe(0);
    expect(faults).toEqual([expect.stringContaining('peer b is left out')]);
  });

  it('uses no key of a tunnel for a peer that is let in', () => {
    const held = merged(
      merged(undefined, full(['a'])),
      delta({ added: [tunnel('b', 'peer')], keys: keys(['b']) }),
    );
    const config = merged(
      held,
      delta({ version: 'v3', base: 'v2', removed: [node('b')], added: [wirePeer('b')] }),
    );
    expect(config.peers.get(node('b'))).toMatchObject({ comesAnew: true });
    expect(config.keySets.some(({ psks }) => psks.has(node('b')))).toBe(false);
    expect(merged(held, full(['a', 'b'])).peers.get(node('b'))).toMatchObject({ comesAnew: true });
    // Positive control: a peer that changes only is not a new one.
    expect(merged(held, full(['a', 'b'])).peers.get(node('a'))?.comesAnew).toBeUndefined();
  });
});
