// What Prometheus reads of an agent: the status in numbers.

import { describe, expect, it } from 'vitest';
import { agentMetrics } from '../../src/status/agent-metrics.ts';
import type { AgentStatus, PeerStatus } from '../../src/status/agent-status.ts';
import { unknowing } from '../support/unknowing-status.ts';

const counts = {
  measured: 5,
  measurementsFailed: 1,
  submitted: 4,
  submissionsRefused: 0,
  submissionsPostponed: 2,
};

async function seriesOf(status: AgentStatus, perPeer = false): Promise<Map<string, number>> {
  const { contentType, text } = await agentMetrics(status, counts, { version: '1.2.3', perPeer });
  expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const peer = (name: string, changed: Partial<PeerStatus> = {}): PeerStatus => ({
  node_id: name,
  public_key: `key-of-${name}`,
  endpoint: '192.0.2.7:51820',
  on_interface: true,
  epoch_id: 7,
  epoch_id_there: 7,
  limit_bits_per_second: null,
  handshake_age_ms: 20_000,
  suspicion: null,
  failure: null,
  rtt_ms: 1.5,
  worst_rtt_ms: 4,
  loss: 0,
  probes: { state: 'measured', sent: 20, answered: 20, age_ms: 3_000 },
  rx_bytes: 100,
  tx_bytes: 200,
  ...changed,
});

const working: AgentStatus = {
  ...unknowing,
  interface_up: true,
  allowed: true,
  epoch_id: 7,
  lease_left_ms: 170_500,
  controller: { ...unknowing.controller, reachable: true, last_failure: null, clock_offset_ms: -250 },
  measurement_failure: null,
  last_measurement: { at: '2030-01-01T00:00:10.000Z', scores: { overall: 0.123 }, suite_version: 's' },
  peers: [
    peer('node-b'),
    peer('node-c', { handshake_age_ms: 400_000, suspicion: 'psk_mismatch', loss: 0.5 }),
    peer('node-d', {
      on_interface: false,
      handshake_age_ms: null,
      rtt_ms: null,
      worst_rtt_ms: null,
      loss: null,
      probes: { state: 'no_answer', sent: 20, answered: 0, age_ms: 3_000 },
      failure: { since: 'noon', code: 'bad_key', message: 'no' },
    }),
  ],
};

describe('the metrics of an agent', () => {
  it('say how it stands, what of its peers works, and what was counted', async () => {
    const series = await seriesOf(working);
    const expected = {
      'mesh_agent_info{version="1.2.3",rotation="in_place",tunnel="userspace"}': 1,
      mesh_agent_admitted: 1,
      mesh_agent_epoch: 7,
      mesh_agent_lease_seconds: 170.5,
      mesh_agent_interface_up: 1,
      mesh_agent_controller_reachable: 1,
      mesh_agent_clock_offset_seconds: -0.25,
      mesh_agent_certificate_end_timestamp_seconds: Date.UTC(2030, 0, 1) / 1_000,
      mesh_agent_measurement_timestamp_seconds: Date.UTC(2030, 0, 1) / 1_000 + 10,
      'mesh_agent_peers{state="allowed"}': 3,
      'mesh_agent_peers{state="on_interface"}': 2,
      'mesh_agent_peers{state="handshaken"}': 2,
      'mesh_agent_peers{state="silent"}': 1,
      'mesh_agent_peers{state="failing"}': 1,
      'mesh_agent_peers{state="unanswered"}': 1,
      mesh_agent_slowest_rtt_seconds: 0.0015,
      'mesh_agent_peers_bytes{direction="received"}': 200,
      'mesh_agent_peers_bytes{direction="sent"}': 400,
      mesh_agent_oldest_handshake_seconds: 400,
      mesh_agent_probe_loss_ratio: 0.25,
      'mesh_agent_measurements_total{outcome="succeeded"}': 5,
      'mesh_agent_measurements_total{outcome="failed"}': 1,
      'mesh_agent_submissions_total{outcome="accepted"}': 4,
      'mesh_agent_submissions_total{outcome="postponed"}': 2,
    };
    expect(Object.fromEntries(series)).toMatchObject(expected);
    expect(series.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  });

  it.each([
    ['tunnel', { tunnel_failure: { since: 'noon', code: 'x', message: 'x' } }],
    ['measurement', { measurement_failure: { since: 'noon', code: 'x', message: 'x' } }],
    ['guard', { guard: { kind: 'nftables', state: 'failed', ends_in_ms: null, failure: 'x' } }],
    ['host_rules', { host_rules: { kind: 'nftables', state: 'failed', failure: 'x' } }],
    ['instance', { other_instance: { role: 'refused', instance_id: null, at: 'noon' } }],
    [
      'log',
      {
        log: {
          origin: 'o',
          accepted: null,
          refusal: {
            ...{ since: 'noon', code: 'x', message: 'x', evidence: null },
            shown: { size: 1, root_hash: 'r' },
          },
        },
      },
    ],
  ] as const satisfies readonly (readonly [string, Partial<AgentStatus>])[])(
    'name a failure of its %s, and no other',
    async (trouble, changed) => {
      const failing = [...(await seriesOf({ ...working, ...changed }))].filter(
        ([name, value]) => name.startsWith('mesh_agent_trouble{') && value === 1,
      );
      expect(failing).toEqual([[`mesh_agent_trouble{trouble="${trouble}"}`, 1]]);
    },
  );

  it('have no series of what is not known yet', async () => {
    const names = [...(await seriesOf(unknowing)).keys()];
    for (const name of ['admitted', 'epoch', 'clock_offset_seconds', 'measurement_timestamp_seconds'])
      expect(names).not.toContain(`mesh_agent_${name}`);
    expect(names).toContain('mesh_agent_trouble{trouble="measurement"}');
  });

  it('show no score, key or address, and no peer by name unless that is asked for', async () => {
    const { text } = await agentMetrics(working, counts, { version: '1', perPeer: false });
    expect(text).not.toMatch(/0\.123|key-of|192\.0\.2|node-[bcd]/);
    const many = { ...working, peers: Array.from({ length: 500 }, (_, at) => peer(`node-${at}`)) };
    expect((await seriesOf(many)).size).toBe((await seriesOf(working)).size);
    const each = await seriesOf(working, true);
    expect(each.get('mesh_agent_peer_bytes_total{peer="node-b",direction="received"}')).toBe(100);
    expect(each.get('mesh_agent_peer_bytes_total{peer="node-b",direction="sent"}')).toBe(200);
    expect(each.get('mesh_agent_peer_handshake_seconds{peer="node-c"}')).toBe(400);
    expect(each.get('mesh_agent_peer_rtt_seconds{peer="node-b"}')).toBe(0.0015);
    expect(each.get('mesh_agent_peer_loss_ratio{peer="node-c"}')).toBe(0.5);
    expect(each.has('mesh_agent_peer_loss_ratio{peer="node-d"}')).toBe(false);
  });
});
