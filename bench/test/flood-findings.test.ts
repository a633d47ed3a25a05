// When a flood counts as having reached the good nodes, or as too weak to tell.

import { describe, expect, it } from 'vitest';
import { floodFindings, type Round, type SceneResult } from '../src/flood/flood-findings.ts';

const attack = { sent: 10_000, skipped: 0, handshakes: 200, answered: 100, seconds: 10 };
const calm: SceneResult = {
  members: { answers: [1, 1, 1], connections: [5], denials: [20], failures: [] },
  out: [],
  attacks: [],
  controllerLoad: 0.1,
};
const flooded: SceneResult = { ...calm, attacks: [attack, attack, attack] };
const round = (worse: Partial<SceneResult>): Round => ({
  idle: calm,
  flood: { ...flooded, ...worse },
  'flood, connections at any pace': flooded,
});
const members = (worse: Partial<SceneResult['members']>) => ({ members: { ...calm.members, ...worse } });

describe('a flood', () => {
  it.each([
    [{}, []],
    [members({ answers: [1, 249, 249] }), []],
    [members({ answers: [1, 300, 300] }), [/^a good node's p99 is 300 ms/]],
    [members({ denials: [20, 1_000] }), [/^the slowest denial is 1,000 ms/]],
    [members({ denials: [] }), [/^no denial was measured/]],
    [members({ failures: ['node-1: 429'] }), [/^1 requests of good nodes failed, the first: node-1: 429/]],
    [{ out: ['node-1'] }, [/^node-1 is out/]],
    [{ attacks: [attack, attack] }, [/^only 2000 requests a second were sent/]],
  ])('with %j misses: %j', (worse, missed) => {
    const found = floodFindings([round({}), round(worse)], 3_000).missed;
    expect(found).toEqual(missed.map((pattern) => expect.stringMatching(pattern)));
  });

  it('without the guard is compared, and held to nothing', () => {
    const slow = { ...flooded, ...members({ answers: [900], denials: [5_000] }) };
    const { tables, missed } = floodFindings(
      [{ ...round({}), 'flood, connections at any pace': slow }],
      3_000,
    );
    expect(missed).toEqual([]);
    const p99 = tables.find(({ title }) => title === "a good node's answer, p99");
    expect(p99?.rows.map(({ median }) => median)).toEqual([1, 1, 900]);
  });
});
