// Builds the real things and hands them to the parts that use them. With main.ts, the only place that does.

import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  acquireProcessLock,
  type Clock,
  createLogger,
  createTlsFetch,
  fetchCaWithPin,
  HostError,
  type Logger,
  type ProcessLock,
  platformAead,
  platformX25519,
  readSecretFile,
  systemClock,
  systemTimers,
} from '@mesh/host';
import { createNodeClient } from '@mesh/protocol';
import type { InterfaceName } from '@mesh/wg';
import { AgentError } from './agent-error.ts';
import type { DownAnswer } from './control/control-protocol.ts';
import { serveControl } from './control/control-server.ts';
import { chooseGuard, removeGuard } from './guard/choose-guard.ts';
import type { LeaseGuard } from './guard/lease-guard.ts';
import type { GuardNote } from './guard/nft-guard.ts';
import { createNoGuard } from './guard/no-guard.ts';
import type { EnrolPorts } from './identity/enrol.ts';
import { type Enrolment, readEnrolment } from './identity/enrolment-file.ts';
import { EnrolmentStore } from './identity/enrolment-store.ts';
import { type Identity, loadKeys, type NodeKeys } from './identity/key-files.ts';
import { SequenceFile } from './identity/sequence-file.ts';
import { openStateDir, type StateDir } from './identity/state-dir.ts';
import { LeaseFile } from './lease/lease-file.ts';
import type { MeasurementSource } from './measure/measurement.ts';
import { createRegexMatcher } from './measure/regex-matcher.ts';
import { createCanarySource } from './measure/sources/canary-source.ts';
import { createCommandSource } from './measure/sources/command-source.ts';
import { createFileSource } from './measure/sources/file-source.ts';
import { findUnprivilegedUser } from './measure/sources/unprivileged-user.ts';
import { createUrlSource } from './measure/sources/url-source.ts';
import { Journal } from './observe/journal.ts';
import { type AgentParts, runAgent } from './run-agent.ts';
import type { AgentSettings } from './settings/agent-settings.ts';
import { TEST_CLOCK_VARIABLE, withTestOffset } from './settings/test-clock.ts';
import {
  everyInterfaceName,
  type HostInterfacesOptions,
  openHostInterfaces,
} from './tunnel/host-interfaces.ts';
import { createRunCommand } from './tunnel/run-command.ts';
import { announceLeave } from './uplink/announce-leave.ts';
import type { ConnectNode } from './uplink/control-channel.ts';
import { ControllerClock } from './uplink/controller-clock.ts';
import { createFileSpool } from './uplink/spool.ts';
import { verifyWithPlatform } from './uplink/verify-with-platform.ts';

export const AGENT_VERSION = '0.1.0';

/** Fresh bytes from the operating system, outside Node's shared pool, so that zeroing them leaves no copy. */
export const systemRandomBytes = (lengthBytes: number): Uint8Array => {
  const bytes = new Uint8Array(lengthBytes);
  return crypto.getRandomValues(bytes);
};

/** A number in 0 ≤ x < 1 for jitter. */
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

/** One agent a state directory. @throws AgentError `already_running` */
export function lockStateDir(dir: StateDir): ProcessLock {
  try {
    return acquireProcessLock(dir.lock);
  } catch (error) {
    if (error instanceof HostError && error.code === 'locked') {
      throw new AgentError('already_running', error.message, { cause: error });
    }
    throw error;
  }
}

/** Runs an agent until a signal or `down` ends it. */
export async function composeAndRun(
  composition: Composition,
  signal: AbortSignal,
): Promise<'signal' | 'down'> {
  const { settings } = composition;
  const dir = openStateDir(settings.state_dir);
  using _lock = lockStateDir(dir);
  const member = await openMember(dir);
  const clock = withTestOffset(
    systemClock,
    composition.env[TEST_CLOCK_VARIABLE],
    composition.insecureTestClock,
  );
  const logger = createLogger({ level: settings.log_level, base: { component: 'agent' } });
  const controllerClock = new ControllerClock(clock);
  const journal = new Journal({ path: dir.journal, clock, logger });
  const interfaces = await openInterfaces(settings, logger, (name) =>
    openGuard(settings, name, clock, logger, journal),
  ).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
  const { kind } = interfaces;
  const measuring = openSource(settings, controllerClock, logger);
  const parts = async (): Promise<AgentParts> => ({
    instanceId: randomUUID(),
    version: AGENT_VERSION,
    pid: process.pid,
    keys: member.keys,
    enrolment: new EnrolmentStore(dir.enrolment, member.enrolment),
    sequences: await openSequences(dir, controllerClock, logger),
    spool: createFileSpool(dir.spool),
    leaseFile: new LeaseFile(dir.lease, readBootId(), (error) =>
      logger.warn({ err: error }, 'the lease could not be stored; a restart may close the tunnels'),
    ),
    journal,
    connect: connectWith(member.keys.identity),
    interfaces,
    tunnelKind: kind,
    source: measuring.source,
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
      reconcileMs: settings.reconcile_seconds * 1_000,
      waitSeconds: settings.wait_seconds,
      measureIntervalMs: settings.measure.interval_seconds * 1_000,
      measureJitter: settings.measure.jitter,
      // A dry run has no overlay address to probe from.
      probePort: kind === 'dry-run' ? 0 : settings.probe.port,
      probeIntervalMs: settings.probe.interval_seconds * 1_000,
    },
  });
  try {
    return await runAgent(await parts(), signal);
  } finally {
    await measuring.close();
    await journal.close();
  }
}

/** `down` where no agent is running: says goodbye and removes the interface that an earlier one left. */
export async function composeAndLeave(settings: AgentSettings): Promise<DownAnswer> {
  const dir = openStateDir(settings.state_dir);
  using _lock = lockStateDir(dir);
  const { keys, enrolment } = await openMember(dir);
  const logger = createLogger({
    level: settings.log_level,
    destination: 'stderr',
    base: { component: 'agent' },
  });
  const controllerClock = new ControllerClock(systemClock);
  const connection = connectWith(keys.identity)(enrolment);
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
  connection.close();
  const interfaces = await openInterfaces(settings, logger, async () => createNoGuard());
  const run = createRunCommand();
  for (const interfaceName of everyInterfaceName(settings.interface)) {
    await interfaces.remove(interfaceName);
    await removeGuard({ interfaceName, runtimeDir: settings.runtime_dir, run });
  }
  return { interface: interfaces.name, leave_announced: failure === null, leave_failure: failure };
}

export function endpointOf(settings: AgentSettings) {
  const { listen_port: a, advertise } = settings;
  // Both slots' ports are always made known, so that the mesh can change to strict rotation.
  const b = settings.listen_port_b ?? (a === 65_535 ? a - 1 : a + 1);
  if (a === b) throw new AgentError('usage', 'listen_port and listen_port_b must differ');
  return { listen_ports: { a, b }, advertise };
}

async function openMember(dir: StateDir): Promise<{ keys: NodeKeys; enrolment: Enrolment }> {
  const enrolment = await readEnrolment(dir.enrolment);
  const keys = loadKeys(dir.keys);
  if (enrolment === undefined || keys === undefined) {
    throw new AgentError('not_enrolled', `${dir.path} holds no enrolment: run mesh-agent enrol first`);
  }
  return { keys, enrolment };
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
      logger.warn({ err: error }, 'a sequence number could not be stored; the clock stands in for it'),
  });
}

/** Two sockets: one for the blocking query, one for what is submitted meanwhile. */
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
    writeLine: (line) => logger.info({ interface: settings.interface }, line),
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
    note: guardNotes(journal, logger),
    logger,
  });
}

function guardNotes({ record }: Journal, logger: Logger): (note: GuardNote) => void {
  return (note) => {
    switch (note.kind) {
      case 'failed':
        record({ type: 'guard_failed', code: note.code, message: note.message });
        logger.error(
          { code: note.code, reason: note.message },
          'the guard could not be changed; trying again',
        );
        return;
      case 'recovered':
        record({ type: 'guard_recovered' });
        logger.info('the guard is in force again');
        return;
      case 'altered':
        record({ type: 'guard_altered' });
        logger.warn('the guard was changed by somebody else; it is laid anew');
    }
  };
}

interface OpenSource {
  readonly source: MeasurementSource | undefined;
  readonly close: () => Promise<void>;
}

function openSource(
  { measure }: AgentSettings,
  controllerClock: ControllerClock,
  logger: Logger,
): OpenSource {
  const controllerNowMs = () => controllerClock.nowMs();
  const timeoutMs = measure.timeout_seconds * 1_000;
  const suiteVersion = measure.suite_version;
  const simple = (source: MeasurementSource | undefined): OpenSource => ({
    source,
    close: async () => undefined,
  });
  switch (measure.source) {
    case 'none':
      return simple(undefined);
    case 'file':
      return simple(
        createFileSource({
          path: needed(measure.file.path, 'measure.file.path'),
          suiteVersion,
          fromWallMs: (wallMs) => controllerClock.fromWallMs(wallMs),
        }),
      );
    case 'url':
      return simple(
        createUrlSource({
          url: needed(measure.url.url, 'measure.url.url'),
          suiteVersion,
          timeoutMs,
          controllerNowMs,
        }),
      );
    case 'command': {
      const [program, ...args] = measure.command.argv;
      return simple(
        createCommandSource({
          command: [needed(program, 'measure.command.argv'), ...args],
          suiteVersion,
          timeoutMs,
          memoryBytes: measure.command.memory_mb * 1_048_576,
          runAs: findUnprivilegedUser(measure.command.user, process.geteuid?.() ?? 0),
          timers: systemTimers,
          controllerNowMs,
          logger,
        }),
      );
    }
    case 'canary': {
      const { canary } = measure;
      const matcher = createRegexMatcher(systemTimers, canary.regex_timeout_ms);
      const source = createCanarySource({
        endpoint: needed(canary.endpoint, 'measure.canary.endpoint'),
        model: canary.model,
        suiteText: readSuite(needed(canary.suite, 'measure.canary.suite')),
        ...(canary.api_key_file === undefined ? {} : { apiKey: readApiKey(canary.api_key_file) }),
        timeoutMs,
        concurrency: canary.concurrency,
        matchRegex: matcher.match,
        controllerNowMs,
      });
      return { source, close: () => matcher.close() };
    }
  }
}

function needed(value: string | undefined, setting: string): string {
  if (value === undefined) throw new AgentError('usage', `measure.source asks for ${setting}: set it`);
  return value;
}

function readSuite(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AgentError('usage', `the canary suite ${path} cannot be read: check its path and mode`, {
      cause: error,
    });
  }
}

/** fetch wants it as a string, which cannot be zeroed. */
function readApiKey(path: string): string {
  using file = readSecretFile(path);
  return file.use((bytes) => Buffer.from(bytes).toString('utf8').trim());
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    // Without it no lease outlives the agent: its tunnels close at a restart and open again with the first config.
    return randomUUID();
  }
}
