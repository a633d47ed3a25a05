import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appliesAtMs, dueKey, nextChangeAtMs } from '../../src/plan/due-changes.ts';
import { heldConfig, heldPeer, keySet, namesByRole, pskOf } from '../support/plan-fixtures.ts';

const T = 1_000_000;
const [first = ''] = namesByRole('initiator', 1);
const [second = ''] = namesByRole('responder', 1);

describe('the key that is due', () => {
  // role, controller's time, epoch whose key is due
  it.each([
    ['initiator', T - 1, 4],
    ['initiator', T, 5],
    ['initiator', T + 1, 5],
    ['initiator', T + 199, 5],
    ['responder', T - 1, 4],
    ['responder', T, 4],
    ['responder', T + 199, 4],
    ['responder', T + 200, 5],
    ['responder', T + 201, 5],
  ] as const)('as %s at %d is that of epoch %d', (role, nowMs, epochId) => {
    const name = role === 'initiator' ? first : second;
    const sets = [keySet(4, [name]), keySet(5, [name], T)];
    expect(dueKey(sets, heldPeer(name), nowMs)?.presharedKey).toBe(pskOf(epochId, name));
  });

  it('of a peer that only the next epoch names is undefined before its time', () => {
    const sets = [keySet(4, []), keySet(5, [first], T)];
    expect(dueKey(sets, heldPeer(first), T - 1)).toBeUndefined();
    expect(dueKey(sets, heldPeer(first), T)?.epochId).toBe(5);
  });

  it('of a peer that the next epoch does not name stays that of the current one', () => {
    const sets = [keySet(4, [first]), keySet(5, [], T)];
    expect(dueKey(sets, heldPeer(first), T + 10_000)?.epochId).toBe(4);
  });

  it('is undefined if no set is held (the controller has just started)', () => {
    expect(dueKey([], heldPeer(first), T)).toBeUndefined();
  });

  it('does not depend on the order of the sets, and its epoch never falls over time', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: -500, max: 60_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (ids, atMs, laterMs) => {
          const sets = ids.map((id) => keySet(id, [first], T + id * 1_000));
          const now = dueKey(sets, heldPeer(first), T + atMs);
          expect(dueKey([...sets].reverse(), heldPeer(first), T + atMs)).toEqual(now);
          const later = dueKey(sets, heldPeer(first), T + atMs + laterMs);
          expect(later?.epochId ?? 0).toBeGreaterThanOrEqual(now?.epochId ?? 0);
        },
      ),
    );
  });
});

describe('the next change', () => {
  const config = heldConfig([first, second], [keySet(4, [first, second]), keySet(5, [first, second], T)]);

  it.each([
    [T - 5_000, T],
    [T - 1, T],
    [T, T + 200],
    [T + 199, T + 200],
    [T + 200, undefined],
  ])('seen from %d is at %s', (nowMs, expected) => {
    expect(nextChangeAtMs(config, nowMs)).toBe(expected);
  });

  it('comes at most twice per epoch: once for each role', () => {
    const instants = new Set<number>();
    let nowMs = T - 10_000;
    for (let next = nextChangeAtMs(config, nowMs); next !== undefined; next = nextChangeAtMs(config, nowMs)) {
      instants.add(next);
      nowMs = next;
    }
    expect([...instants]).toEqual([T, T + 200]);
  });

  it('does not come for keys that are already in force', () => {
    expect(nextChangeAtMs(heldConfig([first], [keySet(4, [first])]), T)).toBeUndefined();
    expect(appliesAtMs(keySet(4, []), 'responder')).toBe(Number.NEGATIVE_INFINITY);
  });
});
