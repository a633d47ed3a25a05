// `mesh-agent status`: prints the running agent's status, as JSON or for people.

import { formatBitRate, formatBytes } from '@mesh/protocol';
import { createControlClient } from '../control/control-client.ts';
import { AgentError } from '../errors/agent-error.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import type { AgentStatus, OverlapStatus, PeerStatus, StatusFailure } from '../status/agent-status.ts';
import type { CommandIo } from './down.ts';
import { examLines } from './exam-lines.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

export interface StatusFlags extends CommonFlags {
  readonly json?: boolean;
}

export async function runStatus(flags: StatusFlags, io: CommandIo): Promise<void> {
  const settings = settingsFrom(flags, io.env);
  const status = await createControlClient(stateDirAt(settings.state_dir).controlSocket).status();
  io.write(flags.json === true ? `${JSON.stringify(status)}\n` : renderStatus(status));
  if (status.tunnel_failure !== null)
    throw new AgentError(
      'tunnel_failing',
      `the tunnel has been failing since ${status.tunnel_failure.since}: ${status.tunnel_failure.message}`,
    );
  const refusal = status.log?.refusal ?? null;
  if (refusal !== null)
    throw new AgentError(
      'log_refused',
      `the log is refused since ${refusal.since}: ${refusal.message}; see docs/operations.md, A node that refuses the log`,
    );
}

/** The status for people. Each line can be understood without the others. */
export function renderStatus(status: AgentStatus): string {
  const { controller } = status;
  const lines = [
    `${status.node_id} of ${status.mesh_id}, ${status.addresses.join(', ')} on ${status.interface} (${status.tunnel}${status.interface_up ? '' : ', DOWN'})`,
    `standing     ${standing(status)}`,
    ...status.peers.flatMap((peer) => probationLines(peer, status)),
    `epoch        ${status.epoch_id ?? 'not known yet'}`,
    `lease        ${status.lease_left_ms === 0 ? 'ended: all peers are removed' : `${duration(status.lease_left_ms)} left`}`,
    ...(status.tunnel_failure === null ? [] : [`tunnel       ${failing(status.tunnel_failure)}`]),
    `guard        ${guard(status)}`,
    `host rules   ${hostRules(status)}`,
    status.overlaps.length === 0 ? 'overlaps     none' : 'overlaps',
    ...status.overlaps.map(overlapLine),
    `controller   ${controller.url}, ${controller.reachable ? 'answers' : `does not answer (${controller.last_failure ?? 'not tried yet'})`}`,
    ...(status.other_instance === null ? [] : [`conflict     ${conflict(status.other_instance)}`]),
    `log          ${logLine(status)}`,
    `clock        ${controller.clock_offset_ms === null ? 'not compared yet' : `${signed(controller.clock_offset_ms)} ms to the controller's, ± ${controller.clock_uncertainty_ms ?? 0} ms`}`,
    `certificate  until ${status.certificate_valid_until}`,
    `measured     ${measured(status)}`,
    `submitted    ${submitted(status)}`,
    status.peers.length === 0 ? 'peers        none' : 'peers',
    ...status.peers.map((peer) => peerLine(peer, status)),
    ...examLines(status),
  ];
  return `${lines.join('\n')}\n`;
}

function standing({ allowed, reason }: AgentStatus): string {
  if (allowed === null) return 'not known yet';
  return `${allowed ? 'ALLOWED' : 'DENIED'}: ${reason ?? ''}`;
}

/** One line for a peer that has a probation tunnel. */
function probationLines(peer: PeerStatus, { guard: { kind } }: AgentStatus): string[] {
  const service = peer.only_service;
  if (service === undefined) return [];
  const port =
    service.of === 'self'
      ? `for its questions to TCP port ${service.port} of this node alone`
      : `to examine its TCP port ${service.port}, and nothing else of it`;
  const wanting =
    kind === 'none'
      ? ': CANNOT BE MADE without a guard (install nftables)'
      : peer.on_interface
        ? ''
        : ', not made yet';
  return [`probation    tunnel to ${peer.node_id}, ${port}${wanting}`];
}

function failing({ since, code, message }: StatusFailure): string {
  return `FAILING since ${since}: ${code}: ${message}`;
}

function conflict({ role, instance_id: other, at }: NonNullable<AgentStatus['other_instance']>): string {
  const which = other === null ? 'ANOTHER AGENT' : `ANOTHER AGENT (${other})`;
  return role === 'refused'
    ? `${which} RUNS WITH THIS IDENTITY, and this one is refused: stop one of them`
    : `${which} TRIED TO RUN WITH THIS IDENTITY, last at ${at}, and was refused: stop it`;
}

function logLine({ log }: AgentStatus): string {
  if (log === null) return 'not known yet';
  const { origin, accepted, refusal } = log;
  const head = accepted === null ? 'no head yet' : `${accepted.size} entries, root ${accepted.root_hash}`;
  if (refusal === null) return `${origin}: ${head}`;
  const { shown, evidence } = refusal;
  return [
    `${origin}: ${failing(refusal)}`,
    `accepted ${head}`,
    `refused  ${shown.size} entries, root ${shown.root_hash}`,
    `evidence ${evidence ?? 'could not be stored'}`,
  ].join('\n             ');
}

function guard({ guard: { kind, state, ends_in_ms: endsInMs, failure } }: AgentStatus): string {
  if (kind === 'none') return 'none: if the agent is killed, its tunnels stay open beyond their lease';
  if (state === 'failed') return `nftables FAILED: ${failure ?? 'unknown'}`;
  return endsInMs === null
    ? 'nftables, as an earlier run left it'
    : `nftables, closes in ${duration(endsInMs)} if the agent dies`;
}

function hostRules({ host_rules: { kind, state, failure } }: AgentStatus): string {
  if (kind === 'none')
    return 'none: what is bound to the overlay address can be reached around the mesh (install nftables)';
  if (state === 'failed') return `nftables FAILED: ${failure ?? 'unknown'}`;
  return state === 'applied' ? 'nftables' : 'nftables, as an earlier run left them';
}

function overlapLine({ kind, prefix, interface: name, table, since, handled, peers }: OverlapStatus): string {
  const what = kind === 'lookup' ? `${prefix} by table ${table}` : `${kind} ${prefix}`;
  const outcome = {
    'host-routes': 'each peer has a route of its own into the tunnel',
    refused: 'REFUSED, nobody is on the interface: remove it, or set routes.overlap to host-routes',
    leaking: `LEAKING, what this host sends to ${peers.join(', ')} takes it in the clear; kept off the interface: remove it`,
  }[handled];
  return `  ${what} on ${name ?? 'no interface'} since ${since}: ${outcome}`;
}

function measured({ last_measurement: last, measurement_failure: failure }: AgentStatus): string {
  const scores = Object.entries(last?.scores ?? {}).map(([name, score]) => `${name} ${score.toFixed(2)}`);
  const good = last === null ? undefined : `${scores.join(', ')} (${last.suite_version}) at ${last.at}`;
  const bad = failure === null ? undefined : failing(failure);
  return [good, bad].filter((part) => part !== undefined).join('; ') || 'nothing yet';
}

function submitted({ last_submission: last }: AgentStatus): string {
  return last === null
    ? 'nothing yet'
    : `${last.outcome} at ${last.at}${last.detail === null ? '' : ` (${last.detail})`}`;
}

function peerLine(peer: PeerStatus, status: AgentStatus): string {
  const handshake = peer.handshake_age_ms === null ? 'never' : `${duration(peer.handshake_age_ms)} ago`;
  const isLeaking = status.overlaps.some(({ peers }) => peers.includes(peer.node_id));
  const waits = peer.only_service === undefined ? 'waits for its key' : 'waits for its key or the guard';
  const absent = isLeaking ? 'kept off: LEAKING' : waits;
  const where = peer.on_interface ? (peer.endpoint ?? 'speaks first') : absent;
  const failure = peer.failure === null ? '' : ` — ${failing(peer.failure)}`;
  return `  ${peer.node_id.padEnd(20)} handshake ${handshake}, ${path(peer)}, ${traffic(peer)}, ${epochs(peer)}, ${limit(peer, status)}, ${where}${peer.suspicion === null ? '' : ' — PSK MISMATCH SUSPECTED'}${failure}`;
}

/** Round trip and loss, or why there are no figures. */
function path({ rtt_ms: rtt, worst_rtt_ms: worst, loss, probes }: PeerStatus): string {
  if (rtt !== null && worst !== null && loss !== null)
    return `rtt ${rtt.toFixed(1)} ms (at most ${worst.toFixed(1)}), loss ${Math.round(loss * 100)} % of ${probes.sent}`;
  return {
    measured: 'no answer to probes',
    no_answer: 'no answer to probes',
    too_few: `rtt and loss not known after ${probes.sent} probes`,
    old: 'probes are too old',
    off: 'not probed',
  }[probes.state];
}

const traffic = ({ rx_bytes: received, tx_bytes: sent }: PeerStatus): string =>
  `received ${formatBytes(received)}, sent ${formatBytes(sent)}`;

function epochs({ epoch_id: here, epoch_id_there: there }: PeerStatus): string {
  if (here !== null && here === there) return `epoch ${here} at both ends`;
  return `epoch ${here ?? '?'} here and ${there ?? '?'} there`;
}

/** The limit of a pair as text. Without a working guard nothing enforces it. */
function limit({ limit_bits_per_second: limit }: PeerStatus, { guard }: AgentStatus): string {
  if (limit === null) return 'no limit';
  const isEnforced = guard.kind !== 'none' && guard.state !== 'failed';
  return `limit ${formatBitRate(limit)}${isEnforced ? '' : ' (NOT ENFORCED)'}`;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value);
}
