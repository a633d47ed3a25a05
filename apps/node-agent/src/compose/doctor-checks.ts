// The checks of `mesh-agent doctor`, on this host and with these settings. A running agent is not disturbed:
// nothing here takes its lock, its ports or its place at the controller.

import { systemClock, systemTimers } from '@mesh/host';
import { type Cidr, ipFamily, parseCidr } from '@mesh/wg';
import { createRunCommand, findCollisions } from '@mesh/wg-device';
import { createControlClient } from '../control/control-client.ts';
import { checkAgent } from '../doctor/check-agent.ts';
import { checkCapabilities } from '../doctor/check-capabilities.ts';
import { checkClock } from '../doctor/check-clock.ts';
import { checkController } from '../doctor/check-controller.ts';
import { checkEnrolment } from '../doctor/check-enrolment.ts';
import { checkExams } from '../doctor/check-exams.ts';
import { checkMeasuring } from '../doctor/check-measuring.ts';
import { checkNftables } from '../doctor/check-nftables.ts';
import { checkOverlay } from '../doctor/check-overlay.ts';
import { checkPermissions } from '../doctor/check-permissions.ts';
import { checkPorts } from '../doctor/check-ports.ts';
import { checkRoutes } from '../doctor/check-routes.ts';
import { checkRpFilter } from '../doctor/check-rp-filter.ts';
import { checkToken, readTokenPins } from '../doctor/check-token.ts';
import { checkTun } from '../doctor/check-tun.ts';
import { checkWireguard, findTunnel } from '../doctor/check-wireguard.ts';
import type { Check } from '../doctor/run-checks.ts';
import { lookAtMember } from '../identity/open-member.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import { everyInterfaceName } from '../interfaces/host-interfaces.ts';
import { canConfine } from '../measure/confinement/confinement.ts';
import { inferSource } from '../measure/infer-source.ts';
import { slotPortsOf } from '../settings/advertised-endpoint.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { controllerAddresses, tryController } from './doctor-contact.ts';
import { portsOfInterfaces } from './doctor-ports.ts';
import { openSourceAsFound } from './source-as-found.ts';
import { tryConnection } from './try-connection.ts';

export interface DoctorOptions {
  readonly settings: AgentSettings;
  /** The controller's public listener, for a node that is not enrolled. */
  readonly controllerUrl: string | undefined;
  readonly tokenFile: string | undefined;
  readonly stdin: AsyncIterable<Buffer | string>;
}

export function doctorChecks({ settings, controllerUrl, tokenFile, stdin }: DoctorOptions): Check[] {
  const run = createRunCommand();
  const dir = stateDirAt(settings.state_dir);
  const interfaceNames = everyInterfaceName(settings.interface);
  const [, ...slotNames] = interfaceNames;
  const ours = new Set<string>(interfaceNames);
  const status = () => createControlClient(dir.controlSocket).status();
  const member = once(() => lookAtMember(dir).catch(() => undefined));
  const token = once(async () =>
    tokenFile === undefined ? undefined : await readTokenPins(tokenFile, stdin),
  );
  const pins = async () => (await token().catch(() => undefined))?.pins ?? [];
  const contact = once(async () => tryController(await member(), controllerUrl, await pins()));
  const networks = async (): Promise<Cidr[]> => (await member())?.enrolment.network.map(parseCidr) ?? [];
  const host = { run, timers: systemTimers, runtimeDir: settings.runtime_dir };
  const tunnel = once(() =>
    findTunnel({ ...host, interfaceName: settings.interface, writeLine: () => undefined }),
  );
  const { a, b } = slotPortsOf(settings);
  const { canary, url, prometheus } = settings.measure;

  return [
    {
      name: 'permissions',
      look: () =>
        checkPermissions({
          dir,
          runtimeDir: settings.runtime_dir,
          secretFiles: [canary, canary.judge, url, prometheus].flatMap(({ api_key_file: path }) =>
            path === undefined ? [] : [path],
          ),
          uid: process.geteuid?.() ?? 0,
        }),
    },
    { name: 'capabilities', look: () => checkCapabilities() },
    { name: 'enrolment', look: () => checkEnrolment(dir, systemClock.nowMs()) },
    { name: 'token', look: async () => checkToken(await token(), (await member()) !== undefined) },
    { name: 'controller', look: async () => checkController(await contact()) },
    { name: 'clock', look: async () => checkClock(await contact()) },
    {
      name: 'wireguard',
      look: async () => checkWireguard({ choice: settings.tunnel, found: await tunnel(), run }),
    },
    {
      name: 'tun',
      look: async () =>
        checkTun(
          settings.tunnel === 'userspace' || (settings.tunnel === 'auto' && (await tunnel()) !== 'kernel'),
        ),
    },
    {
      name: 'ports',
      look: async () => {
        const isRunning = await status().then(
          () => true,
          () => false,
        );
        const held = await portsOfInterfaces(host, interfaceNames, await tunnel());
        return checkPorts({
          ports: [
            { setting: 'listen_port', port: a },
            { setting: 'listen_port_b', port: b },
            ...(settings.probe.port === 0 ? [] : [{ setting: 'probe.port', port: settings.probe.port }]),
          ],
          ours: new Set(isRunning ? [...held, settings.probe.port] : held),
        });
      },
    },
    {
      name: 'routes',
      look: async () =>
        checkRoutes({
          addresses: await controllerAddresses(await member(), controllerUrl),
          networks: await networks(),
          ours,
          run,
        }),
    },
    {
      name: 'overlay',
      look: async () => {
        const known = await networks();
        const foreign = await findCollisions(run, { networks: known, ours });
        return checkOverlay({ networks: known, foreign, onOverlap: settings.routes.overlap });
      },
    },
    {
      name: 'rp_filter',
      look: async () => {
        const known = await networks();
        const hasIpv4 = known.length === 0 || known.some((network) => ipFamily(network) === 4);
        return checkRpFilter({ hasIpv4, slotNames });
      },
    },
    {
      name: 'nftables',
      look: () =>
        checkNftables({
          ...settings.guard,
          interfaceName: settings.interface,
          runtimeDir: settings.runtime_dir,
          run,
        }),
    },
    {
      name: 'measuring',
      look: () =>
        checkMeasuring({
          kind: inferSource(settings.measure),
          open: () => openSourceAsFound(settings),
          canConfine: canConfine(),
        }),
    },
    {
      name: 'exams',
      look: () =>
        checkExams({
          isEnabled: settings.exams.enabled,
          canConfine: canConfine(),
          status,
          connect: tryConnection,
        }),
    },
    { name: 'agent', look: () => checkAgent(status) },
  ];
}

/** Calls a function at most once, and gives every caller its promise. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
