// What Prometheus reads of an agent: the status in numbers, and what has been counted since the start. It
// holds no secrets and no scores. Peers have series of their own only where that is asked for.

import { Counter, Gauge, Registry } from 'prom-client';
import type { AgentCounts } from './agent-record.ts';
import type { AgentStatus, PeerStatus } from './agent-status.ts';

export interface AgentMetricsOptions {
  readonly version: string;
  /** Whether each peer has series. */
  readonly perPeer: boolean;
}

/** A page of metrics in Prometheus's text format. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** What a trouble is called, and whether there is one. */
const TROUBLES: Readonly<Record<string, (status: AgentStatus) => boolean>> = {
  tunnel: ({ tunnel_failure: failure }) => failure !== null,
  measurement: ({ measurement_failure: failure }) => failure !== null,
  log: ({ log }) => log !== null && log.refusal !== null,
  guard: ({ guard }) => guard.state === 'failed',
  host_rules: ({ host_rules: rules }) => rules.state === 'failed',
  routes: ({ overlaps }) => overlaps.length > 0,
  instance: ({ other_instance: other }) => other !== null,
};

/** Which peers are counted together. One peer can be in several. */
const PEERS: Readonly<Record<string, (peer: PeerStatus) => boolean>> = {
  allowed: () => true,
  on_interface: (peer) => peer.on_interface,
  handshaken: (peer) => peer.handshake_age_ms !== null,
  silent: (peer) => peer.suspicion !== null,
  failing: (peer) => peer.failure !== null,
  unanswered: (peer) => peer.probes.state === 'no_answer',
};

export async function agentMetrics(
  status: AgentStatus,
  counts: AgentCounts,
  { version, perPeer }: AgentMetricsOptions,
): Promise<MetricsPage> {
  const registry = new Registry();
  const gauge = gaugesOf(registry);
  gauge('mesh_agent_info', 'What runs, as labels; the value is 1', 1, {
    version,
    rotation: status.rotation,
    tunnel: status.tunnel,
  });
  addStanding(gauge, status);
  for (const [trouble, is] of Object.entries(TROUBLES))
    gauge('mesh_agent_trouble', 'Whether this fails now: 1 or 0', Number(is(status)), { trouble });
  addPeers(gauge, status.peers);
  if (perPeer) addEachPeer(registry, gauge, status.peers);
  addCounts(registry, counts);
  addProcess(registry, gauge);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

type AddGauge = (
  name: string,
  help: string,
  value: number | null,
  labels?: Readonly<Record<string, string>>,
) => void;

/** What is not known has no series. */
function gaugesOf(registry: Registry): AddGauge {
  const gauges = new Map<string, Gauge>();
  return (name, help, value, labels = {}) => {
    if (value === null) return;
    let gauge = gauges.get(name);
    if (gauge === undefined) {
      gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
      gauges.set(name, gauge);
    }
    gauge.set({ ...labels }, value);
  };
}

function addStanding(gauge: AddGauge, status: AgentStatus): void {
  const { allowed, controller, last_measurement: measured } = status;
  gauge('mesh_agent_admitted', 'Whether this node is in: 1 or 0', allowed === null ? null : Number(allowed));
  gauge('mesh_agent_epoch', 'The epoch of the config that it follows', status.epoch_id);
  gauge(
    'mesh_agent_lease_seconds',
    'How long its peers stay if it hears nothing',
    status.lease_left_ms / 1_000,
  );
  gauge(
    'mesh_agent_interface_up',
    'Whether the interface exists and is as it should be: 1 or 0',
    Number(status.interface_up),
  );
  gauge(
    'mesh_agent_controller_reachable',
    'Whether the controller has answered the last query: 1 or 0',
    Number(controller.reachable),
  );
  gauge(
    'mesh_agent_clock_offset_seconds',
    "The controller's clock less this machine's",
    inSeconds(controller.clock_offset_ms),
  );
  gauge(
    'mesh_agent_certificate_end_timestamp_seconds',
    "When this node's certificate ends",
    Date.parse(status.certificate_valid_until) / 1_000,
  );
  gauge(
    'mesh_agent_measurement_timestamp_seconds',
    'When the newest measurement that succeeded was made',
    measured === null ? null : Date.parse(measured.at) / 1_000,
  );
}

function addPeers(gauge: AddGauge, peers: readonly PeerStatus[]): void {
  for (const [state, is] of Object.entries(PEERS))
    gauge('mesh_agent_peers', 'Peers, by what they are now; one can be several', peers.filter(is).length, {
      state,
    });
  const ages = known(peers.map((peer) => peer.handshake_age_ms));
  gauge(
    'mesh_agent_oldest_handshake_seconds',
    'The age of the oldest handshake of a peer',
    ages.length === 0 ? null : Math.max(...ages) / 1_000,
  );
  const losses = known(peers.map(({ loss }) => loss));
  gauge(
    'mesh_agent_probe_loss_ratio',
    'The share of the last probes that were lost, over all peers that are measured, 0 to 1',
    losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
  );
  const rtts = known(peers.map((peer) => peer.rtt_ms));
  gauge(
    'mesh_agent_slowest_rtt_seconds',
    'The longest of the median round trips to peers',
    rtts.length === 0 ? null : Math.max(...rtts) / 1_000,
  );
  const carried = peers.filter((peer) => peer.on_interface);
  const bytes = {
    received: carried.map((peer) => peer.rx_bytes),
    sent: carried.map((peer) => peer.tx_bytes),
  };
  for (const [direction, counts] of Object.entries(bytes))
    gauge(
      'mesh_agent_peers_bytes',
      'What the interface has carried for the peers that are on it now; it falls when a peer goes',
      counts.reduce((sum, count) => sum + count, 0),
      { direction },
    );
}

function addEachPeer(registry: Registry, gauge: AddGauge, peers: readonly PeerStatus[]): void {
  const bytes = new Counter({
    name: 'mesh_agent_peer_bytes_total',
    help: 'What the interface has carried for a peer since the peer is on it',
    labelNames: ['peer', 'direction'],
    registers: [registry],
  });
  for (const peer of peers) {
    const of = { peer: peer.node_id };
    gauge(
      'mesh_agent_peer_handshake_seconds',
      'The age of the newest handshake',
      inSeconds(peer.handshake_age_ms),
      of,
    );
    gauge('mesh_agent_peer_rtt_seconds', 'The round trip of the last probes', inSeconds(peer.rtt_ms), of);
    gauge('mesh_agent_peer_loss_ratio', 'The share of the last probes that were lost, 0 to 1', peer.loss, of);
    bytes.inc({ ...of, direction: 'received' }, peer.rx_bytes);
    bytes.inc({ ...of, direction: 'sent' }, peer.tx_bytes);
  }
}

function addCounts(registry: Registry, counts: AgentCounts): void {
  const add = (name: string, help: string, outcomes: Readonly<Record<string, number>>) => {
    const counter = new Counter({ name, help, labelNames: ['outcome'], registers: [registry] });
    for (const [outcome, count] of Object.entries(outcomes)) counter.inc({ outcome }, count);
  };
  add('mesh_agent_measurements_total', 'Measurements since the start', {
    succeeded: counts.measured,
    failed: counts.measurementsFailed,
  });
  add('mesh_agent_submissions_total', 'Tries to submit a measurement since the start', {
    accepted: counts.submitted,
    refused: counts.submissionsRefused,
    postponed: counts.submissionsPostponed,
  });
}

/** The names are those of Prometheus's own clients. */
function addProcess(registry: Registry, gauge: AddGauge): void {
  const { user, system } = process.cpuUsage();
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, user and system',
    registers: [registry],
  }).inc((user + system) / 1e6);
  gauge('process_resident_memory_bytes', 'Resident memory', process.memoryUsage.rss());
}

const inSeconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);
const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);
