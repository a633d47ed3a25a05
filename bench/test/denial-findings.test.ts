// The summary of denials: the last agent of each denial decides whether a target is met.

import { describe, expect, it } from 'vitest';
import { CAUSES, denialFindings, type Round } from '../src/denial/denial-findings.ts';
import { renderReport } from '../src/report.ts';

const SCENE = { agents: 200, targetMs: 250 };

/** Every cause once, all agents at 10 ms except the last one. */
function round(lastMs: number, controllerCpuMs?: number): Round {
  const latencies = [...Array.from({ length: SCENE.agents - 1 }, () => 10), lastMs];
  const denials = CAUSES.map((cause) => ({ cause, latencies }));
  return { denials, agentsCpuMs: 30, generatorLoad: 0.5, controllerCpuMs };
}

function rowsOf(rounds: readonly Round[], title: RegExp) {
  const table = denialFindings(SCENE, rounds).tables.find((one) => title.test(one.title));
  return Object.fromEntries((table?.rows ?? []).map(({ name, median }) => [name, median]));
}

describe('denials', () => {
  it('are shown by every cause, over every agent and over the last one', () => {
    const rounds = [round(100), round(100)];
    expect(Object.keys(rowsOf(rounds, /by round/))).toEqual(
      CAUSES.flatMap((cause) => [`${cause}, p50`, `${cause}, p99`]),
    );
    expect(rowsOf(rounds, /every agent/)).toEqual({ p50: 10, p99: 10, slowest: 100 });
    expect(rowsOf(rounds, /the last agent/)).toMatchObject({ p50: 100, p99: 100, slowest: 100 });
  });

  it.each([
    [249.9, []],
    [250, ['200 agents: p99 to the removal at the last agent is 250 ms, and is to be under 250 ms']],
    [400, ['200 agents: p99 to the removal at the last agent is 400 ms, and is to be under 250 ms']],
  ])('whose last agent takes %d ms, although all others are quick: %j', (lastMs, missed) => {
    expect(denialFindings(SCENE, [round(lastMs)]).missed).toEqual(missed);
  });

  it.each([
    [40, 40, []],
    [41, 40, ["200 agents: a denial takes 41 ms of the controller's CPU, and is to take at most 40 ms"]],
    [41, undefined, []],
    [undefined, 40, []],
  ])('that take %s ms of CPU, where %s ms are allowed: %j', (cpuMs, cpuTargetMs, missed) => {
    const scene = cpuTargetMs === undefined ? SCENE : { ...SCENE, cpuTargetMs };
    // One slow round does not decide.
    const rounds = [round(100, cpuMs), round(100, cpuMs), round(100, cpuMs === undefined ? undefined : 400)];
    expect(denialFindings(scene, rounds).missed).toEqual(missed);
  });

  it("show the agents' own CPU apart from the controller's", () => {
    const rows = rowsOf([round(100, 12)], /: CPU/);
    expect(rows).toMatchObject({ "controller's, a denial": 12, "all agents' together, a denial": 30 });
    expect(rows["an agent's, a denial"]).toBe(150);
  });

  it('that miss their target are reported as missed', () => {
    const { tables, missed } = denialFindings(SCENE, [round(400)]);
    const machine = {
      cpu: '',
      cores: 2,
      memory_gib: 4,
      platform: '',
      node: '',
      openssl: '',
      load_at_start: 0,
    };
    const text = renderReport({
      benchmark: 'denial',
      started_at: '2026-01-05T12:34:50.123Z',
      quick: false,
      rounds: 1,
      machine,
      tables,
      notes: [],
      missed,
    });
    expect(text).toContain('the last agent of each denial (target: p99 under 250 ms, missed)');
    expect(text.split('\n').at(-1)).toBe(`MISSED: ${missed[0]}`);
  });
});
