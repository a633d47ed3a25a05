// The page of the metrics, from what each program registers.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MeshMetrics } from '../../apps/controller/src/metrics/mesh-metrics.ts';
import { agentMetrics } from '../../apps/node-agent/src/status/agent-metrics.ts';
import { renderTable } from './markdown-table.mjs';

const apps = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'apps');
const { Registry } = createRequire(join(apps, 'controller/package.json'))('prom-client');

/** A peer of whom everything is known, so that every series is there. */
const PEER = {
  node_id: 'node',
  on_interface: true,
  handshake_age_ms: 0,
  suspicion: null,
  failure: null,
  rtt_ms: 0,
  loss: 0,
  probes: { state: 'measured' },
  rx_bytes: 0,
  tx_bytes: 0,
};
/** An agent of which everything is known. */
const STATUS = {
  rotation: '',
  tunnel: '',
  allowed: true,
  epoch_id: 0,
  lease_left_ms: 0,
  interface_up: true,
  controller: { reachable: true, clock_offset_ms: 0 },
  certificate_valid_until: '1970-01-01T00:00:00Z',
  last_measurement: { at: '1970-01-01T00:00:00Z' },
  tunnel_failure: null,
  measurement_failure: null,
  log: null,
  guard: { state: '' },
  host_rules: { state: '' },
  overlaps: [],
  other_instance: null,
  peers: [PEER],
};
const COUNTS = {
  measured: 0,
  measurementsFailed: 0,
  submitted: 0,
  submissionsRefused: 0,
  submissionsPostponed: 0,
};

/** @returns {Promise<{ path: string, text: string }>} with the path from the root of the repository */
export async function metricsPage() {
  const controller = await registeredBy(() => new MeshMetrics(/** @type {any} */ ({ version: '' })));
  const agent = await registeredBy(() =>
    agentMetrics(/** @type {any} */ (STATUS), /** @type {any} */ (COUNTS), { version: '', perPeer: true }),
  );
  return {
    path: 'docs/reference/metrics.md',
    text: `# Metrics

What Prometheus reads of each program; [operations](../operations.md#prometheus) says where. The unit is at the end of a
name: \`_seconds\`, \`_bytes\`, \`_ratio\` (0 to 1), \`_total\` for a count that only rises, and \`_timestamp_seconds\` for
seconds since 1970. \`npm run reference\` writes this page from what the programs register.

## mesh-controller

${tableOf(controller)}

## mesh-agent

The series with the label \`peer\` are there with \`metrics.per_peer\` alone.

${tableOf(agent)}
`,
  };
}

/**
 * @typedef {{ name: string, help: string, labelNames: readonly string[], constructor: { name: string } }} Metric
 */

/** @param {() => unknown} make @returns {Promise<Metric[]>} */
async function registeredBy(make) {
  const { registerMetric } = Registry.prototype;
  /** @type {Metric[]} */
  const metrics = [];
  Registry.prototype.registerMetric = function register(/** @type {Metric} */ metric) {
    metrics.push(metric);
    return registerMetric.call(this, metric);
  };
  try {
    await make();
  } finally {
    Registry.prototype.registerMetric = registerMetric;
  }
  return metrics;
}

/** @param {readonly Metric[]} metrics */
function tableOf(metrics) {
  const rows = metrics.map(({ name, help, labelNames, constructor: kind }) => [
    `\`${name}\``,
    kind.name.toLowerCase(),
    labelNames.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return renderTable(['metric', 'kind', 'labels', 'meaning'], rows);
}
