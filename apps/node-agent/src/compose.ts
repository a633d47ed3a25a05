// Builds the real things and hands them to the parts that use them. Only main.ts does so too, and
// measure-child.ts in its own process.

import { randomBytes, randomUUID } from 'node:crypto';
import {
  type Clock,
  createLogger,
  createTlsFetch,
  fetchCaWithPin,
  LogField,
  type Logger,
  type Own,
  owning,
  platformAead,
  platformX25519,
  systemClock,
  systemTimers,
} from '@mesh/host';
import { createNodeClient } from '@mesh/protocol';
import { type InterfaceName, parseAllowedIp } from '@mesh/wg';
import type { HostRules, LeaseGuard } from '@mesh/wg-device';
import { createNoGuard, createNoHostRules, createRunCommand } from '@mesh/wg-device';
import { ControllerClock } from './clock/controller-clock.ts';
import type { DownAnswer } from './control/control-protocol.ts';
import { serveControl } from './control/control-server.ts';
import { reportGuard, reportHostRulesAltered } from './events/report-guard.ts';
import { chooseGuard, removeGuard } from './guard/choose-guard.ts';
import { chooseHostRules, removeHostRules } from './guard/choose-host-rules.ts';
import type { EnrolPorts } from './identity/enrol.ts';
import { EnrolmentStore } from './identity/enrolment-store.ts';
import type { Identity } from './identity/key-files.ts';
import { lockStateDir } from './identity/lock-state-dir.ts';
import { openMember } from './identity/open-member.ts';
import { SequenceFile } from './identity/sequence-file.ts';
import { openStateDir, type StateDir } from './identity/state-dir.ts';
import {
  everyInterfaceName,
  type HostInterfaces,
  type HostInterfacesOptions,
  openHostInterfaces,
} from './interfaces/host-interfaces.ts';
import { Journal } from './journal/journal.ts';
import { readBootId } from './lease/boot-id.ts';
import { LeaseFile } from './lease/lease-file.ts';
import { chooseSource } from './measure/choose-source.ts';
import type { AgentParts } from './run/agent-parts.ts';
import { runAgent } from './run/run-agent.ts';
import { endpointOf } from './settings/advertised-endpoint.ts';
import type { AgentSettings } from './settings/agent-settings.ts';
import { TEST_CLOCK_VARIABLE, withTestOffset } from './settings/test-clock.ts';
import type { ConnectNode } from './uplink/channel/control-channel.ts';
import { verifyWithPlatform } from './uplink/channel/verify-with-platform.ts';
import { announceLeave } from './uplink/reports/announce-leave.ts';
import { createFileSpool } from './uplink/submit/spool.ts';
import { AGENT_VERSION } from './version.ts';

/**
 * Fresh bytes from the operating system, not from Node's shared pool, so that zeroing them leaves no copy.
 */
export const systemRandomBytes = (lengthBytes: number): Uint8Array => {
  const bytes = new Uint8Array(lengthBytes);
  return crypto.getRandomValues(bytes);
};

/** For jitter: 0 ≤ x < 1. */
const systemRandom = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;

export interface Composition {
  readonly settings: AgentSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly insecureTestClock: boolean;
}

export function composeEnrolPorts(): EnrolPorts {
  return {
    fetchPinnedCa: (url, pins) => fetchCaWithPin(url, pins),
    connect: (caPem) => {
      const fetch = createTlsFetch({ ca: caPem, maxSockets: 1 });
      return { fetch, close: () => fetch.close() };
    },
  };
}

/**
 * Runs an agent until a signal or `down` ends it. Everything that it opens is closed, also where the start
 * fails.
 */
export function composeAndRun(composition: Composition, signal: AbortSignal): Promise<'signal' | 'down'> {
  return owning((own) => openAndRun(composition, signal, own));
}

async function openAndRun(
  composition: Composition,
  signal: AbortSignal,
  own: Own,
): Promise<'signal' | 'down'> {
  const { settings } = composition;
  const dir = openStateDir(settings.state_dir);
  const lock = lockStateDir(dir);
  own(() => lock[Symbol.dispose]());
  const member = await openMember(dir);
  const clock = withTestOffset(
    systemClock,
    composition.env[TEST_CLOCK_VARIABLE],
    composition.insecureTestClock,
  );
  const logger = createLogger({ level: settings.log_level, base: { [LogField.component]: 'agent' } });
  const controllerClock = new ControllerClock(clock);
  const journal = new Journal({ path: dir.journal, clock, logger });
  own(() => journal.close());
  const interfaces = await openInterfaces(settings, logger, (name) =>
    openGuard(settings, name, clock, logger, journal),
  );
  const { kind } = interfaces;
  const hostRules = await openHostRules(settings, interfaces, member.enrolment.network, logger, journal);
  const source = chooseSource(settings.measure, { controllerClock, timers: systemTimers, logger });
  const parts: AgentParts = {
    instanceId: randomUUID(),
    version: AGENT_VERSION,
    pid: process.pid,
    keys: member.keys,
    enrolment: new EnrolmentStore(dir.enrolment, member.enrolment),
    sequences: await openSequences(dir, controllerClock, logger),
    spool: createFileSpool(dir.spool),
    leaseFile: new LeaseFile(dir.lease, readBootId(), (error) =>
      logger.warn(
        { [LogField.error]: error },
        'the lease could not be stored; a restart may close the tunnels',
      ),
    ),
    journal,
    connect: connectWith(member.keys.identity),
    interfaces,
    hostRules,
    tunnelKind: kind,
    source,
    clock,
    timers: systemTimers,
    controllerClock,
    random: systemRandom,
    randomBytes: systemRandomBytes,
    verify: verifyWithPlatform,
    x25519: platformX25519,
    aead: platformAead,
    logger,
    serveControl: (handlers) => serveControl(dir.controlSocket, handlers, logger),
    options: {
      endpoint: endpointOf(settings),
      holdSeconds: settings.on_controller_loss === 'hold' ? settings.hold_seconds : 0,
      onOverlap: settings.routes.overlap,
      reconcileMs: settings.reconcile_seconds * 1_000,
      waitSeconds: settings.wait_seconds,
      measureIntervalMs: settings.measure.interval_seconds * 1_000,
      measureJitter: settings.measure.jitter,
      // A dry run has no overlay address to probe from.
      probePort: kind === 'dry-run' ? 0 : settings.probe.port,
      probeIntervalMs: settings.probe.interval_seconds * 1_000,
    },
  };
  if (signal.aborted) return 'signal';
  return await runAgent(parts, signal);
}

/** `down` where no agent is running: says goodbye and removes what an earlier agent left on this host. */
export function composeAndLeave(settings: AgentSettings): Promise<DownAnswer> {
  return owning((own) => openAndLeave(settings, own));
}

async function openAndLeave(settings: AgentSettings, own: Own): Promise<DownAnswer> {
  const dir = openStateDir(settings.state_dir);
  const lock = lockStateDir(dir);
  own(() => lock[Symbol.dispose]());
  const { keys, enrolment } = await openMember(dir);
  const logger = createLogger({
    level: settings.log_level,
    destination: 'stderr',
    base: { [LogField.component]: 'agent' },
  });
  const controllerClock = new ControllerClock(systemClock);
  const connection = connectWith(keys.identity)(enrolment);
  own(() => connection.close());
  const failure = await announceLeave(
    {
      enrolment,
      instanceId: randomUUID(),
      client: createNodeClient({ baseUrl: enrolment.nodes_url, fetch: connection.fetch }, enrolment.node_id),
      sign: keys.identity.sign,
      sequences: await openSequences(dir, controllerClock, logger),
      controllerClock,
    },
    AbortSignal.timeout(3_000),
  ).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : 'unknown error'),
  );
  const interfaces = await openInterfaces(settings, logger, async () => createNoGuard());
  const run = createRunCommand();
  for (const interfaceName of everyInterfaceName(settings.interface)) {
    await interfaces.remove(interfaceName);
    await removeGuard({ interfaceName, runtimeDir: settings.runtime_dir, run });
  }
  await removeHostRules({ name: interfaces.name, runtimeDir: settings.runtime_dir, run });
  return { interface: interfaces.name, leave_announced: failure === null, leave_failure: failure };
}

function openSequences(
  dir: StateDir,
  controllerClock: ControllerClock,
  logger: Logger,
): Promise<SequenceFile> {
  return SequenceFile.open({
    path: dir.sequences,
    nowMs: () => controllerClock.nowMs(),
    onUnsaved: (error) =>
      logger.warn(
        { [LogField.error]: error },
        'a sequence number could not be stored; the clock stands in for it',
      ),
  });
}

/** Two sockets: one for the blocking query, one for submissions in the meantime. */
function connectWith(identity: Identity): ConnectNode {
  return (enrolment) => {
    const fetch = createTlsFetch({
      ca: enrolment.ca_pem,
      cert: enrolment.certificate_pem,
      key: identity.toPem(),
      maxSockets: 2,
    });
    return { fetch, close: () => fetch.close() };
  };
}

function openInterfaces(
  settings: AgentSettings,
  logger: Logger,
  openGuard: HostInterfacesOptions['openGuard'],
) {
  return openHostInterfaces({
    choice: settings.tunnel,
    name: settings.interface,
    run: createRunCommand(),
    timers: systemTimers,
    runtimeDir: settings.runtime_dir,
    writeLine: (line) => logger.info({ [LogField.interfaceName]: settings.interface }, line),
    openGuard,
  });
}

function openGuard(
  settings: AgentSettings,
  interfaceName: InterfaceName,
  clock: Clock,
  logger: Logger,
  journal: Journal,
): Promise<LeaseGuard> {
  return chooseGuard({
    ...settings.guard,
    interfaceName,
    runtimeDir: settings.runtime_dir,
    run: createRunCommand(),
    clock,
    timers: systemTimers,
    verifyMs: settings.reconcile_seconds * 1_000,
    note: reportGuard(journal.record, logger),
    logger,
  });
}

async function openHostRules(
  settings: AgentSettings,
  { kind, name }: HostInterfaces,
  networks: readonly string[],
  logger: Logger,
  journal: Journal,
): Promise<HostRules> {
  if (kind === 'dry-run') return createNoHostRules();
  return await chooseHostRules({
    ...settings.guard,
    name,
    networks: networks.map(parseAllowedIp),
    runtimeDir: settings.runtime_dir,
    run: createRunCommand(),
    onAltered: reportHostRulesAltered(journal.record, logger),
    logger,
  });
}
