// What Prometheus reads: the state of the mesh at the moment of the question, and what has been counted since
// the start. It holds no secrets. Scores are in it, so only those who may see the mesh get it.

import type { EpochRecord, MeshView, NodeRecord } from '@mesh/membership';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { addAlertMetrics, type ReceiverCounts } from './alert-metrics.ts';
import { EventCounters } from './event-counters.ts';
import { addProcessMetrics } from './process-metrics.ts';

export interface MeshMetricsPorts {
  readonly version: string;
  readonly view: MeshView;
  /** Whether a node is in now, a cut that is not on disk yet included. */
  readonly isIn: (node: NodeRecord) => boolean;
  readonly isDeclining: (node: NodeRecord) => boolean;
  /** The epoch in force; undefined before the first. */
  readonly currentEpoch: () => EpochRecord | undefined;
  readonly epochSeconds: number;
  /** How old a result may be before its node is denied, milliseconds: the policy in force. */
  readonly maxResultAgeMs: () => number;
  /** What a node reports as failing now. */
  readonly troublesOf: (node: NodeRecord) => readonly string[];
  readonly refusedTotals: () => Readonly<Record<string, number>>;
  readonly isFlooded: () => boolean;
  readonly isStorageFailing: () => boolean;
  readonly storageSize: () => {
    readonly databaseBytes: number;
    readonly freeBytes: number;
    readonly walBytes: number;
  };
  readonly logEntries: () => number;
  readonly publishedEntries: () => number;
  /** When the CA's certificate ends, wall clock. */
  readonly caEndsAtMs: () => number;
  /** The receivers of alerts. */
  readonly receivers: () => readonly ReceiverCounts[];
  /**
   * In a mesh of more nodes, none has series of its own, so that the page stays small enough to be read
   * often.
   */
  readonly maxNodes: number;
}

export class MeshMetrics {
  readonly #registry = new Registry();
  readonly #ports: MeshMetricsPorts;
  readonly #rotations: Histogram;
  readonly counters: EventCounters;

  constructor(ports: MeshMetricsPorts) {
    this.#ports = ports;
    this.counters = new EventCounters(this.#registry);
    this.#rotations = new Histogram({
      name: 'mesh_epoch_rotation_duration_seconds',
      help: 'From the beginning of the work on an epoch until it is on disk and published',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [this.#registry],
    });
    this.#addMesh();
    this.#addNodes();
    this.#addControllers();
    addAlertMetrics(this.#registry, ports.receivers);
    addProcessMetrics(this.#registry, ports.version);
  }

  /** @param tookMs how long it took to open an epoch */
  epochOpened(tookMs: number): void {
    this.#rotations.observe(tookMs / 1_000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page, in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #addMesh(): void {
    const { view, isIn, isDeclining, currentEpoch, epochSeconds, maxResultAgeMs } = this.#ports;
    this.#gauge('mesh_nodes', 'Enrolled nodes, by what they are now', ['state'], (gauge) => {
      const counts = { admitted: 0, declining: 0, held: 0, denied: 0, never: 0 };
      for (const node of view.nodes()) counts[stateOf(node, isIn, isDeclining)] += 1;
      for (const [state, count] of Object.entries(counts)) gauge.set({ state }, count);
    });
    this.#gauge('mesh_epoch', 'The epoch in force; 0 before the first', [], (gauge) =>
      gauge.set(currentEpoch()?.epochId ?? 0),
    );
    this.#gauge('mesh_epoch_activated_timestamp_seconds', 'When the epoch in force began', [], (gauge) =>
      gauge.set((currentEpoch()?.activateAtMs ?? 0) / 1_000),
    );
    this.#gauge('mesh_epoch_length_seconds', 'How long an epoch lasts', [], (gauge) =>
      gauge.set(epochSeconds),
    );
    this.#gauge(
      'mesh_benchmark_max_age_seconds',
      'How old a result may be before its node is denied: the policy in force',
      [],
      (gauge) => gauge.set(maxResultAgeMs() / 1_000),
    );
  }

  #addNodes(): void {
    const { view, isIn, troublesOf, maxNodes } = this.#ports;
    const shown = (): Iterable<NodeRecord> => (view.nodeCount() <= maxNodes ? view.nodes() : []);
    this.#gauge(
      'mesh_nodes_in_trouble',
      'Nodes that report a failure of their own: tunnel, measurement, or log for one that refuses its heads',
      ['trouble'],
      (gauge) => {
        for (const trouble of TROUBLES) gauge.set({ trouble }, 0);
        for (const node of view.nodes()) for (const trouble of troublesOf(node)) gauge.inc({ trouble });
      },
    );
    this.#gauge(
      'mesh_nodes_without_series',
      'Nodes that have no series of their own, because the mesh has more of them than metrics.max_nodes',
      [],
      (gauge) => gauge.set(view.nodeCount() <= maxNodes ? 0 : view.nodeCount()),
    );
    this.#gauge(
      'mesh_node_score',
      "The scores of a node's newest accepted benchmark, 0 to 1",
      ['node_id', 'metric'],
      (gauge) => {
        for (const { nodeId, latest } of shown())
          for (const [metric, score] of Object.entries(latest?.scores ?? {}))
            gauge.set({ node_id: nodeId, metric }, score);
      },
    );
    this.#gauge('mesh_node_admitted', 'Whether a node is in: 1 or 0', ['node_id'], (gauge) => {
      for (const node of shown()) gauge.set({ node_id: node.nodeId }, isIn(node) ? 1 : 0);
    });
    this.#gauge(
      'mesh_node_benchmark_timestamp_seconds',
      "When a node's newest accepted benchmark arrived",
      ['node_id'],
      (gauge) => {
        for (const { nodeId, latest } of shown())
          if (latest !== undefined) gauge.set({ node_id: nodeId }, latest.arrivedAtMs / 1_000);
      },
    );
  }

  #addControllers(): void {
    const ports = this.#ports;
    new Counter({
      name: 'mesh_refused_total',
      help: 'What the doors have refused since the start, by reason',
      labelNames: ['reason'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(ports.refusedTotals())) this.inc({ reason }, count);
      },
    });
    this.#gauge('mesh_flood', 'Whether the doors refuse a flood: 1 or 0', [], (gauge) =>
      gauge.set(Number(ports.isFlooded())),
    );
    this.#gauge('mesh_storage_failing', 'Whether the database takes no writes: 1 or 0', [], (gauge) =>
      gauge.set(Number(ports.isStorageFailing())),
    );
    this.#gauge('mesh_storage_bytes', 'The size of the database, by part', ['part'], (gauge) => {
      const { databaseBytes, freeBytes, walBytes } = ports.storageSize();
      gauge.set({ part: 'database' }, databaseBytes);
      gauge.set({ part: 'free' }, freeBytes);
      gauge.set({ part: 'wal' }, walBytes);
    });
    this.#gauge(
      'mesh_log_entries',
      'Entries in the log, and in its newest published head',
      ['of'],
      (gauge) => {
        gauge.set({ of: 'log' }, ports.logEntries());
        gauge.set({ of: 'published_head' }, ports.publishedEntries());
      },
    );
    this.#gauge('mesh_ca_end_timestamp_seconds', 'When the certificate of the CA ends', [], (gauge) =>
      gauge.set(ports.caEndsAtMs() / 1_000),
    );
  }

  /** Series of labels that are not set again do not stay: each page shows what is true now. */
  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (gauge: Gauge<Label>) => void,
  ): void {
    new Gauge<Label>({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset();
        read(this);
      },
    });
  }
}

const TROUBLES = ['tunnel', 'measurement', 'log'] as const;

type NodeState = 'admitted' | 'declining' | 'held' | 'denied' | 'never';

function stateOf(
  node: NodeRecord,
  isIn: (node: NodeRecord) => boolean,
  isDeclining: (node: NodeRecord) => boolean,
): NodeState {
  if (isIn(node)) {
    if (node.hold !== undefined) return 'held';
    return isDeclining(node) ? 'declining' : 'admitted';
  }
  return node.membership === 'never' ? 'never' : 'denied';
}
