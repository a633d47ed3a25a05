// The tables of the agent's benchmark, and what it says about its targets.

import { describe, expect, it } from 'vitest';
import { agentFindings, type CanaryRound } from '../src/agent/agent-findings.ts';
import type { AgentRound } from '../src/agent/agent-round.ts';

const GOOD: AgentRound = {
  answerToTunnelMs: 999,
  startToTunnelMs: 2_000,
  startToAllMs: 2_100,
  keyChangeMs: 40,
  setMs: 9.9,
  epochCpuMs: 90,
  idleOwn: 0.003,
  idleCommands: 0.0019,
  idleWireguard: 0.02,
  residentMiB: 119.9,
  highestMiB: 150,
  wireguardMiB: 90,
};
const CANARY: CanaryRound = {
  short: { prompts: 50, peakMiB: 100 },
  long: { prompts: 500, peakMiB: 124 },
};

const missedBy = (changes: Partial<AgentRound>, canary = CANARY) =>
  agentFindings(1_000, [{ ...GOOD, ...changes }], [canary]).missed;

describe('the targets of the agent', () => {
  it('are met just below them', () => {
    expect(missedBy({})).toEqual([]);
  });

  it.each<[Partial<AgentRound>, string]>([
    [{ residentMiB: 120 }, "1,000 peers: the agent's resident memory is 120 MiB, and is to be under 120 MiB"],
    [{ idleCommands: 0.002 }, 'is 0.5 % of a core, and is to be under 0.5 % of a core'],
    [{ setMs: 10 }, '1,000 peers: the set of all keys is 10 ms, and is to be under 10 ms'],
    [{ answerToTunnelMs: 1_000 }, 'from the answer to the first tunnel is 1,000 ms'],
  ])('are missed by %j', (changes, text) => {
    expect(missedBy(changes)).toEqual([expect.stringContaining(text)]);
  });

  it('are missed where a long suite takes much more memory than a short one', () => {
    const long = { prompts: 500, peakMiB: 125 };
    expect(missedBy({}, { ...CANARY, long })).toEqual([
      expect.stringContaining('the memory for a suite of 500 prompts to that for a suite of 50 prompts'),
    ]);
  });

  it('leave out what a dry run cannot measure', () => {
    const dry = { setMs: undefined, answerToTunnelMs: undefined, startToTunnelMs: undefined };
    expect(missedBy(dry)).toEqual([]);
    const { tables } = agentFindings(1_000, [{ ...GOOD, ...dry }], [CANARY]);
    const names = tables.flatMap(({ rows }) => rows.map(({ name }) => name));
    expect(names).not.toContain('the interface alone, one set');
    expect(names).toContain('from the start to keys at every peer');
  });
});
