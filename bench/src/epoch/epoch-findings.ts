// The tables of the epoch benchmark, and the targets that it holds the figures to.

import { type Better, less, type Measurement, type Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { missedTarget } from '../targets.ts';
import { pairsIn } from './epoch-floor.ts';
import { GROUP } from './epoch-mesh.ts';
import type { PublishFigures, RotateFigures, StartFigures } from './epoch-messages.ts';

export interface EpochFigures {
  readonly nodes: number;
  readonly start: StartFigures;
  /** Round by round. */
  readonly rotations: readonly RotateFigures[];
}

/** The mesh that most targets are for. */
export const TARGET_NODES = 10_000;
/** The mesh whose publication has to fit into the lead. */
export const LARGEST_NODES = 20_000;
const TARGETS = {
  publishMs: 1_500,
  loopDelayMs: 50,
  residentMiB: 512,
  startMs: 2_000,
  /** The lead of an epoch: the publication has to end before it does. */
  leadMs: 5_000,
  /** What an edge may cost in the largest mesh, by what it costs in the smallest. */
  edgeGrowth: 1.5,
};

interface Row {
  readonly title: string;
  readonly unit: string;
  /** Default: less. */
  readonly better?: Better;
  readonly value: (figures: RotateFigures, nodes: number) => number;
}

const ROWS: readonly Row[] = [
  { title: 'evaluation of every node', unit: 'ms', value: (figures) => figures.evaluateMs },
  { title: 'freeze: order to epoch on disk', unit: 'ms', value: (figures) => figures.freezeMs },
  { title: "publication: order to the last node's delta", unit: 'ms', value: (figures) => figures.publishMs },
  { title: 'CPU of a publication', unit: 'ms of CPU', value: (figures) => figures.publishCpuMs },
  {
    title: 'CPU of a publication, an edge',
    unit: 'µs of CPU',
    value: (figures, nodes) => (1_000 * figures.publishCpuMs) / edgesIn(nodes),
  },
  {
    title: 'deltas rendered and signed',
    unit: 'answers/s',
    better: 'more',
    value: (figures) => figures.answers / ((figures.publishMs - figures.freezeMs) / 1000),
  },
  {
    title: 'CPU of the encapsulations, ahead of it',
    unit: 'ms of CPU',
    value: (figures) => figures.aheadCpuMs,
  },
  { title: 'event-loop delay meanwhile, median', unit: 'ms', value: (figures) => figures.loopDelayP50Ms },
  { title: 'event-loop delay meanwhile, p99', unit: 'ms', value: (figures) => figures.loopDelayP99Ms },
  { title: 'event-loop delay meanwhile, longest', unit: 'ms', value: (figures) => figures.loopDelayMaxMs },
  { title: 'heap at rest', unit: 'MiB', value: (figures) => figures.heapMiB },
  { title: 'resident memory meanwhile, highest', unit: 'MiB', value: (figures) => figures.peakRssMiB },
];

/** An edge is one end of a pair of peers: each end gets the pair's key. */
export const edgesIn = (nodes: number): number => 2 * pairsIn(nodes, GROUP);

const nameOf = (nodes: number): string => `${nodes.toLocaleString('en-US')} nodes`;

export function startTable(meshes: readonly EpochFigures[]): Table {
  const rows = meshes.flatMap(({ nodes, start }) => [
    less(`${nameOf(nodes)}: time`, 'ms', [start.startMs]),
    less(`${nameOf(nodes)}: resident memory`, 'MiB', [start.rssMiB]),
  ]);
  return { title: 'start, with everybody admitted (once)', rows };
}

/** One table for each figure, with every mesh in it, by the smallest. */
export function rotateTables(meshes: readonly EpochFigures[]): Table[] {
  const [smallest] = meshes;
  if (smallest === undefined) throw new RangeError('there is no mesh');
  const baseline = nameOf(smallest.nodes);
  return ROWS.map(({ title, unit, better = 'less', value }) => {
    const valuesOf = ({ nodes, rotations }: EpochFigures) => rotations.map((one) => value(one, nodes));
    const rows = meshes.map((mesh): Measurement => {
      const values = valuesOf(mesh);
      const row = { name: nameOf(mesh.nodes), unit, better, ...summarise(values) };
      return mesh === smallest ? row : { ...row, ratio: pairedRatio(values, valuesOf(smallest)) };
    });
    return { title, baseline, rows };
  });
}

export function admissionTable(nodes: number, figures: PublishFigures): Table {
  return {
    title: `${nameOf(nodes)} admitted at one boundary, each told its whole config (once)`,
    rows: [
      less('freeze: order to epoch on disk', 'ms', [figures.freezeMs]),
      less("publication: order to the last node's config", 'ms', [figures.publishMs]),
      less('CPU of it', 'ms of CPU', [figures.publishCpuMs]),
      less('event-loop delay meanwhile, p99', 'ms', [figures.loopDelayP99Ms]),
      less('event-loop delay meanwhile, longest', 'ms', [figures.loopDelayMaxMs]),
      less('resident memory meanwhile, highest', 'MiB', [figures.peakRssMiB]),
    ],
  };
}

/**
 * A line for every target that was missed. Times are held to it by their medians, delays and memory by their
 * highest value. A mesh that was not measured misses nothing.
 *
 * @param admission all nodes of the mesh that the targets are for, admitted at once
 */
export function missedTargets(
  meshes: readonly EpochFigures[],
  admission: PublishFigures | undefined,
): string[] {
  const missed: string[] = [];
  const hold = (what: string, value: number, limit: number, unit: string) => {
    missed.push(...missedTarget(what, value, limit, unit));
  };
  const median = (values: readonly number[]) => summarise(values).median;
  for (const { nodes, start, rotations } of meshes) {
    const name = nameOf(nodes);
    const publishMs = median(rotations.map((one) => one.publishMs));
    if (nodes === LARGEST_NODES) hold(`${name}: publication`, publishMs, TARGETS.leadMs, 'ms');
    if (nodes !== TARGET_NODES) continue;
    hold(`${name}: publication`, publishMs, TARGETS.publishMs, 'ms');
    const longest = Math.max(...rotations.map((one) => one.loopDelayMaxMs));
    hold(`${name}: longest event-loop delay`, longest, TARGETS.loopDelayMs, 'ms');
    const resident = Math.max(...rotations.map((one) => one.peakRssMiB));
    hold(`${name}: resident memory`, resident, TARGETS.residentMiB, 'MiB');
    hold(`${name}: start`, start.startMs, TARGETS.startMs, 'ms');
  }
  if (admission !== undefined) {
    const name = `${nameOf(TARGET_NODES)} admitted at once: longest event-loop delay`;
    hold(name, admission.loopDelayMaxMs, TARGETS.loopDelayMs, 'ms');
  }
  const [first, last] = [meshes[0], meshes.at(-1)];
  if (first !== undefined && last !== undefined && last.nodes === LARGEST_NODES) {
    const perEdge = ({ nodes, rotations }: EpochFigures) =>
      median(rotations.map((one) => one.publishCpuMs)) / edgesIn(nodes);
    const growth = perEdge(last) / perEdge(first);
    hold(
      `${nameOf(last.nodes)}: CPU of an edge`,
      growth,
      TARGETS.edgeGrowth,
      `× that of ${nameOf(first.nodes)}`,
    );
  }
  return missed;
}
