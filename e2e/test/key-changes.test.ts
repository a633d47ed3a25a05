// What is read from agents' logs: whether keys came in time, in order, and in at most two sets.
import { describe, expect, it } from 'vitest';
import type { AgentLine } from '../lab/index.ts';
import { keyChanges, lateSetMs } from '../src/scenarios/rotation/key-changes.ts';

const T = 1_000_000;
const EPOCH = { epochId: 7, activateAtMs: T };
const config = (atMs: number, epochId = 7): AgentLine => ({
  atMs: T + atMs,
  msg: 'config',
  epoch_id: epochId,
});
const set = (atMs: number, epochId = 7): AgentLine => ({
  atMs: T + atMs,
  msg: 'keys changed in place',
  epoch_id: epochId,
});
const read = (lines: { a: AgentLine[]; b: AgentLine[] }, isCalm: (name: string) => boolean = () => true) =>
  keyChanges<'a' | 'b'>({
    epochs: [EPOCH],
    lines: new Map(Object.entries(lines) as ['a' | 'b', AgentLine[]][]),
    pairs: [['a', 'b']],
    isCalm,
  });

describe('what is read of an epoch', () => {
  it('is how long before its boundary it came, and how long after the initiator’s key the responder set its own', () => {
    expect(read({ a: [config(-900), set(4)], b: [config(-1_100), set(3), set(210)] })).toEqual({
      sets_a_node_and_epoch: 2,
      ahead_ms: { p50: 900, least: 900, in_time: 1 },
      apart_ms: { p50: 206, p99: 206, in_order: 1 },
      not_set: 0,
    });
  });

  it('counts late epochs, keys in the wrong order, and every set', () => {
    expect(read({ a: [config(30), set(300)], b: [config(-900), set(3), set(100), set(210)] })).toMatchObject({
      sets_a_node_and_epoch: 3,
      ahead_ms: { least: -30, in_time: 0.5 },
      apart_ms: { p50: -90, in_order: 0 },
    });
  });

  it.each([
    [-1, 0],
    [0, 0],
    [1, 1],
    [999, 1],
    [1_000, 0],
  ])('is in order at %i ms: %i', (apartMs, inOrder) => {
    const changes = read({ a: [config(-900), set(3)], b: [config(-900), set(3 + apartMs)] });
    expect(changes.apart_ms.in_order).toBe(inOrder);
  });

  it('counts an end that set no key, and one that heard of no epoch', () => {
    const changes = read({ a: [config(-900, 6), set(0, 6)], b: [config(-900), set(200)] });
    expect(changes).toMatchObject({
      not_set: 1,
      ahead_ms: { least: Number.NEGATIVE_INFINITY, in_time: 0.5 },
    });
  });

  it('leaves out disturbed nodes, but not the number of their sets', () => {
    const lines = { a: [config(-900), set(0)], b: [config(5_000), set(5_001), set(5_002), set(5_003)] };
    expect(read(lines, (name) => name === 'a')).toMatchObject({
      sets_a_node_and_epoch: 3,
      ahead_ms: { in_time: 1 },
      not_set: 0,
    });
  });
});

describe('an agent that is back', () => {
  it('is late by the time from its config to its first keys', () => {
    expect(lateSetMs([config(-900), set(0), config(7_000), set(7_004)], T + 6_000)).toBe(4);
  });

  it.each([
    ['sets nothing', [config(-900), set(0), config(7_000)]],
    ['hears nothing', [config(-900), set(0), set(7_004)]],
  ])('has no such time when it %s', (_what, lines) => {
    expect(lateSetMs(lines, T + 6_000)).toBeUndefined();
  });
});
