// Builds the status from what the parts of the agent know.

import { X509Certificate } from 'node:crypto';
import type { Clock } from '@mesh/host';
import type { Rotation } from '@mesh/protocol';
import {
  handshakeHealth,
  joinHostPort,
  pathHealth,
  type WgDevicePeer,
  type WgDeviceState,
  type WgPublicKey,
} from '@mesh/wg';
import type { HostRules, LeaseGuard, Tunnel } from '@mesh/wg-device';
import type { ControllerClock } from '../clock/controller-clock.ts';
import { failureCode } from '../engine/one-interface/engine-reports.ts';
import type { Engine, EngineSnapshot } from '../engine/port/engine.ts';
import { messageOf } from '../errors/agent-error.ts';
import type { Trouble } from '../events/trouble.ts';
import type { Examiner } from '../exams/examiner.ts';
import type { Enrolment } from '../identity/enrolment-file.ts';
import type { Journal } from '../journal/journal.ts';
import type { LogWatch } from '../log/log-watch.ts';
import type { HeldPeer } from '../plan/held-config.ts';
import type { RouteOverlap } from '../plan/route-overlaps.ts';
import type { PeerProber } from '../probes/probe-peers.ts';
import type { AppliedReporter } from '../uplink/reports/report-applied.ts';
import type { AgentRecord } from './agent-record.ts';
import type { AgentStatus, OverlapStatus, PeerStatus, StatusFailure } from './agent-status.ts';
import { examStatus } from './exam-status.ts';
import { logStatus } from './log-status.ts';

/** What the status is built from. Each part returns what it knows at that moment. */
export interface StatusSources {
  readonly instanceId: string;
  readonly pid: number;
  /** The key of slot a, which the status shows as this node's key. */
  readonly publicKey: WgPublicKey;
  readonly tunnelKind: AgentStatus['tunnel'];
  readonly enrolment: { readonly current: Enrolment };
  readonly engine: Pick<Engine, 'tunnel' | 'guard' | 'snapshot'> & { readonly rotation: Rotation };
  readonly hostRules: Pick<HostRules, 'kind' | 'state'>;
  readonly prober: Pick<PeerProber, 'health'>;
  readonly reporter: Pick<AppliedReporter, 'epochThere'>;
  readonly record: AgentRecord;
  readonly examiner: Pick<Examiner, 'progress'> | undefined;
  readonly log: Pick<LogWatch, 'origin' | 'held' | 'refusal'>;
  readonly journal: Pick<Journal, 'recent'>;
  readonly clock: Clock;
  readonly controllerClock: Pick<ControllerClock, 'offset'>;
}

/** Nothing but its service passes a probation tunnel. */
const UNPROBED = pathHealth(undefined, { intervalMs: 0, oldAfterMs: 0 });

export async function buildStatus(sources: StatusSources): Promise<AgentStatus> {
  const { enrolment, engine, prober, reporter, record, clock } = sources;
  const { tunnel, guard, rotation } = engine;
  const snapshot = engine.snapshot();
  const { config } = snapshot;
  const offset = sources.controllerClock.offset();
  const { device, trouble } = await readDevice(tunnel, snapshot, clock);
  const onInterface = new Map((device?.peers ?? []).map((peer) => [peer.publicKey, peer]));
  return {
    mesh_id: enrolment.current.mesh_id,
    node_id: enrolment.current.node_id,
    instance_id: sources.instanceId,
    pid: sources.pid,
    public_key: sources.publicKey,
    interface: tunnel.interfaceName,
    tunnel: sources.tunnelKind,
    rotation,
    interface_up: device !== undefined && snapshot.interfaceUp && trouble === undefined,
    tunnel_failure: failureStatus(trouble),
    addresses: config?.interface?.addresses ?? enrolment.current.addresses,
    allowed: config?.allowed ?? null,
    reason: config?.reason ?? null,
    epoch_id: config?.epochId ?? null,
    config_version: config?.version ?? null,
    lease_left_ms: Math.round(snapshot.leaseLeftMs),
    guard: guardStatus(guard),
    host_rules: hostRulesStatus(sources.hostRules),
    overlaps: snapshot.overlaps.map(overlapStatus),
    controller: {
      url: enrolment.current.nodes_url,
      reachable: record.reachable,
      last_failure: record.lastFailure,
      clock_offset_ms: offset?.offsetMs ?? null,
      clock_uncertainty_ms: offset?.uncertaintyMs ?? null,
    },
    log: logStatus(sources.log),
    other_instance: record.otherInstance,
    certificate_valid_until: new X509Certificate(enrolment.current.certificate_pem).validToDate.toISOString(),
    peers: [...(config?.peers.values() ?? [])].map((peer): PeerStatus => {
      const path = peer.onlyService === undefined ? prober.health(peer.nodeId) : UNPROBED;
      return {
        node_id: peer.nodeId,
        public_key: peer.publicKey,
        epoch_id: snapshot.appliedEpochs.get(peer.nodeId) ?? null,
        epoch_id_there: reporter.epochThere(peer.nodeId),
        limit_bits_per_second: peer.limit ?? null,
        ...onlyService(peer),
        rtt_ms: path.rttMs ?? null,
        worst_rtt_ms: path.worstRttMs ?? null,
        loss: path.loss ?? null,
        probes: { state: path.state, sent: path.sent, answered: path.answered, age_ms: path.ageMs ?? null },
        failure: failureStatus(snapshot.failingPeers.get(peer.publicKey)),
        ...withSuspicion(
          observed(onInterface.get(peer.publicKey), clock.nowMs()),
          snapshot.configuredForMs(peer.publicKey),
        ),
      };
    }),
    exams: examStatus(sources.examiner),
    last_measurement: record.lastMeasurement,
    measurement_failure: failureStatus(record.measurementTrouble),
    last_measurement_failure: record.lastMeasurementFailure,
    last_submission: record.lastSubmission,
    events: sources.journal.recent(),
  };
}

/**
 * Reads the interface. It may be gone before its engine notices, which reads it every `reconcile_seconds`.
 */
async function readDevice(
  tunnel: Tunnel,
  { interfaceUp, trouble }: EngineSnapshot,
  clock: Clock,
): Promise<{ readonly device: WgDeviceState | undefined; readonly trouble: Trouble | undefined }> {
  try {
    return { device: await tunnel.read(), trouble };
  } catch (error) {
    const found = { sinceMs: clock.nowMs(), code: failureCode(error), message: messageOf(error) };
    return { device: undefined, trouble: trouble ?? (interfaceUp ? found : undefined) };
  }
}

function failureStatus(trouble: Trouble | undefined): StatusFailure | null {
  if (trouble === undefined) return null;
  const { sinceMs, code, message } = trouble;
  return { since: new Date(sinceMs).toISOString(), code, message };
}

function onlyService({ onlyService: service }: HeldPeer): Pick<PeerStatus, 'only_service'> {
  return service === undefined ? {} : { only_service: { port: service.port, of: service.of } };
}

function overlapStatus({ interfaceName, sinceMs, ...overlap }: RouteOverlap): OverlapStatus {
  return { ...overlap, interface: interfaceName ?? null, since: new Date(sinceMs).toISOString() };
}

function guardStatus(guard: LeaseGuard): AgentStatus['guard'] {
  const state = guard.state();
  return {
    kind: guard.kind,
    state: state.kind,
    ends_in_ms: state.kind === 'applied' ? Math.round(state.endsInMs) : null,
    failure: state.kind === 'failed' ? `${state.code}: ${state.message}` : null,
  };
}

function hostRulesStatus(hostRules: StatusSources['hostRules']): AgentStatus['host_rules'] {
  const state = hostRules.state();
  return {
    kind: hostRules.kind,
    state: state.kind,
    failure: state.kind === 'failed' ? `${state.code}: ${state.message}` : null,
  };
}

function withSuspicion(
  seen: ReturnType<typeof observed>,
  configuredForMs: number,
): ReturnType<typeof observed> & Pick<PeerStatus, 'suspicion'> {
  const health = handshakeHealth({ handshakeAgeMs: seen.handshake_age_ms ?? undefined, configuredForMs });
  return { ...seen, suspicion: seen.on_interface && health === 'overdue' ? 'psk_mismatch' : null };
}

function observed(peer: WgDevicePeer | undefined, wallNowMs: number) {
  const handshakeSeconds = peer?.latestHandshakeSeconds;
  const { host, port } = peer?.endpoint ?? {};
  return {
    on_interface: peer !== undefined,
    endpoint: host === undefined || port === undefined ? null : joinHostPort(host, port),
    handshake_age_ms:
      handshakeSeconds === undefined ? null : Math.max(0, Math.round(wallNowMs - handshakeSeconds * 1_000)),
    rx_bytes: peer?.rxBytes ?? 0,
    tx_bytes: peer?.txBytes ?? 0,
  };
}
