// The figures of epochs are held to their targets: times by the median, delays and memory by the highest.

import { describe, expect, it } from 'vitest';
import {
  admissionTable,
  type EpochFigures,
  edgesIn,
  missedTargets,
  rotateTables,
  startTable,
} from '../src/epoch/epoch-findings.ts';
import type { PublishFigures, RotateFigures } from '../src/epoch/epoch-messages.ts';

const good: RotateFigures = {
  freezeMs: 50,
  publishMs: 1_400,
  publishCpuMs: 2_000,
  answers: 10_000,
  bytesPerAnswer: 10_000,
  loopDelayP50Ms: 1,
  loopDelayP99Ms: 10,
  loopDelayMaxMs: 40,
  peakRssMiB: 500,
  sample: '',
  evaluateMs: 10,
  aheadCpuMs: 7_000,
  heapMiB: 60,
};
const admission: PublishFigures = { ...good, loopDelayMaxMs: 49 };

/** Every mesh has the same cost for an edge. */
function mesh(
  nodes: number,
  rounds: readonly Partial<RotateFigures>[] = [{}],
  startMs = 1_500,
): EpochFigures {
  const publishCpuMs = edgesIn(nodes) / 500;
  return {
    nodes,
    start: { startMs, rssMiB: 300 },
    rotations: rounds.map((round) => ({ ...good, publishCpuMs, ...round })),
  };
}
const meshes = () => [mesh(1_000), mesh(5_000), mesh(10_000), mesh(20_000, [{ publishMs: 3_000 }])];
const missed = (changed: EpochFigures, at: PublishFigures | undefined = admission) =>
  missedTargets(
    meshes().map((one) => (one.nodes === changed.nodes ? changed : one)),
    at,
  );

describe('the targets of an epoch', () => {
  it('are met by figures below them', () => {
    expect(missedTargets(meshes(), admission)).toEqual([]);
  });

  it.each([
    [
      mesh(10_000, [{ publishMs: 1_500 }]),
      '10,000 nodes: publication is 1,500 ms, and is to be under 1,500 ms',
    ],
    [
      mesh(10_000, [{}, { loopDelayMaxMs: 50 }, {}]),
      '10,000 nodes: longest event-loop delay is 50 ms, and is to be under 50 ms',
    ],
    [
      mesh(10_000, [{}, {}, { peakRssMiB: 600 }]),
      '10,000 nodes: resident memory is 600 MiB, and is to be under 512 MiB',
    ],
    [mesh(10_000, [{}], 2_000), '10,000 nodes: start is 2,000 ms, and is to be under 2,000 ms'],
    [
      mesh(20_000, [{ publishMs: 5_000 }]),
      '20,000 nodes: publication is 5,000 ms, and is to be under 5,000 ms',
    ],
    [
      mesh(20_000, [{ publishCpuMs: (2 * edgesIn(20_000)) / 500, publishMs: 3_000 }]),
      '20,000 nodes: CPU of an edge is 2 × that of 1,000 nodes, and is to be under 1.5 × that of 1,000 nodes',
    ],
  ])('are missed at them (%#)', (changed, line) => {
    expect(missed(changed)).toEqual([line]);
  });

  it('hold the admission of everybody to the same delay', () => {
    expect(missed(mesh(1_000), { ...admission, loopDelayMaxMs: 2_000 })).toEqual([
      '10,000 nodes admitted at once: longest event-loop delay is 2,000 ms, and is to be under 50 ms',
    ]);
  });

  it('take the median of the times, and do not hold the other meshes to them', () => {
    expect(missed(mesh(10_000, [{ publishMs: 9_000 }, {}, {}]))).toEqual([]);
    expect(missed(mesh(5_000, [{ publishMs: 9_000, loopDelayMaxMs: 900, peakRssMiB: 900 }], 9_000))).toEqual(
      [],
    );
    expect(missedTargets([mesh(101), mesh(303)], undefined)).toEqual([]);
  });
});

describe('the tables of an epoch', () => {
  it('have every mesh in each, by the smallest, with the cost of an edge', () => {
    const tables = rotateTables(meshes());
    expect(tables.every(({ rows }) => rows.length === 4)).toBe(true);
    const edge = tables.find(({ title }) => title === 'CPU of a publication, an edge');
    expect(edge?.rows.map(({ median }) => median)).toEqual([2, 2, 2, 2]);
    expect(edge?.rows.map(({ ratio }) => ratio?.median)).toEqual([undefined, 1, 1, 1]);
  });

  it('show each start, and the longest delay while everybody is admitted', () => {
    expect(startTable(meshes()).rows.map(({ name }) => name)).toContain('20,000 nodes: time');
    const { title, rows } = admissionTable(10_000, admission);
    expect(title).toMatch(/^10,000 nodes admitted at one boundary/);
    expect(rows.find(({ name }) => name.endsWith('longest'))?.median).toBe(49);
  });

  it('need a mesh', () => {
    expect(() => rotateTables([])).toThrow(RangeError);
  });
});

it('an edge is one end of a pair of peers in groups of 101', () => {
  expect(edgesIn(101)).toBe(101 * 100);
  expect(edgesIn(202)).toBe(202 * 100);
  expect(edgesIn(103)).toBe(101 * 100 + 2);
});
