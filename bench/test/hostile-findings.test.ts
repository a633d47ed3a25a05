// When a flood counts as having slowed down the controller: the slowest revocation and a good node's p99
// decide.

import { describe, expect, it } from 'vitest';
import { hostileFindings, type Round, type SceneResult } from '../src/hostile-member/hostile-findings.ts';

const flood = { opened: 1_000, sent: 16_000, answered: 100, load: 0.9 };
const calm: SceneResult = { latencies: [1, 1, 1], revokedMs: 2, publishedMs: 1, flood: undefined };
const round = (worse: Partial<SceneResult>): Round => ({
  idle: calm,
  'pipelined queries': { ...calm, flood },
  'messages of 65 KB': { ...calm, flood, ...worse },
});

describe('floods', () => {
  it.each([
    [{}, []],
    [{ revokedMs: 249.9, publishedMs: 249.9 }, []],
    [{ revokedMs: 250 }, [/^messages of 65 KB: the revocation was answered after 250 ms/]],
    [{ publishedMs: 300 }, [/^messages of 65 KB: the revocation was published after 300 ms/]],
    [{ latencies: [1, 300, 300] }, [/^messages of 65 KB: a good node's p99 is 300 ms/]],
  ])('with %j miss: %j', (worse, missed) => {
    const found = hostileFindings([round({}), round(worse)]).missed;
    expect(found).toEqual(missed.map((pattern) => expect.stringMatching(pattern)));
  });

  it('are compared with idle, round by round', () => {
    const { tables } = hostileFindings([round({ revokedMs: 6 }), round({ revokedMs: 8 })]);
    const row = tables[0]?.rows.find(({ name }) => name === 'messages of 65 KB');
    expect(row?.ratio).toEqual({ median: 3.5, min: 3, max: 4 });
  });
});
