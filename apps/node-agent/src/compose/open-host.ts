// What the agent drives on this host: its interfaces with a guard each, and the rules of the host's kernel
// for all of them.

import { LogField, type Logger, systemTimers } from '@mesh/host';
import { type InterfaceName, parseAllowedIp } from '@mesh/wg';
import {
  createNoGuard,
  createNoHostRules,
  createRunCommand,
  type HostRules,
  type LeaseGuard,
} from '@mesh/wg-device';
import { reportGuard, reportHostRulesAltered } from '../events/report-guard.ts';
import { chooseGuard, removeGuard } from '../guard/choose-guard.ts';
import { chooseHostRules, removeHostRules } from '../guard/choose-host-rules.ts';
import {
  everyInterfaceName,
  type HostInterfaces,
  type HostInterfacesOptions,
  openHostInterfaces,
} from '../interfaces/host-interfaces.ts';
import type { AgentParts } from '../run/agent-parts.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import type { Platform } from './build-platform.ts';
import type { Storage } from './open-storage.ts';

export type Host = Pick<AgentParts, 'interfaces' | 'hostRules' | 'tunnelKind'>;

/** @throws TunnelError for what this host lacks */
export async function openHost(settings: AgentSettings, platform: Platform, storage: Storage): Promise<Host> {
  const interfaces = await openInterfaces(settings, platform.logger, (name) =>
    openGuard(settings, name, platform, storage),
  );
  const hostRules = await openHostRules(settings, interfaces, platform, storage);
  return { interfaces, hostRules, tunnelKind: interfaces.kind };
}

/**
 * Removes what an earlier agent with these settings left on this host.
 *
 * @returns the name of the interface
 * @throws TunnelError
 */
export async function clearHost(settings: AgentSettings, logger: Logger): Promise<InterfaceName> {
  const interfaces = await openInterfaces(settings, logger, async () => createNoGuard());
  const run = createRunCommand();
  for (const interfaceName of everyInterfaceName(settings.interface)) {
    await interfaces.remove(interfaceName);
    await removeGuard({ interfaceName, runtimeDir: settings.runtime_dir, run });
  }
  await removeHostRules({ name: interfaces.name, runtimeDir: settings.runtime_dir, run });
  return interfaces.name;
}

function openInterfaces(
  settings: AgentSettings,
  logger: Logger,
  openGuard: HostInterfacesOptions['openGuard'],
): Promise<HostInterfaces> {
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
  { clock, timers, logger }: Platform,
  { journal }: Storage,
): Promise<LeaseGuard> {
  return chooseGuard({
    ...settings.guard,
    interfaceName,
    runtimeDir: settings.runtime_dir,
    run: createRunCommand(),
    clock,
    timers,
    verifyMs: settings.reconcile_seconds * 1_000,
    note: reportGuard(journal.record, logger),
    logger,
  });
}

async function openHostRules(
  settings: AgentSettings,
  { kind, name }: HostInterfaces,
  { logger }: Platform,
  { enrolment, journal }: Storage,
): Promise<HostRules> {
  if (kind === 'dry-run') return createNoHostRules();
  return await chooseHostRules({
    ...settings.guard,
    name,
    networks: enrolment.current.network.map(parseAllowedIp),
    runtimeDir: settings.runtime_dir,
    run: createRunCommand(),
    onAltered: reportHostRulesAltered(journal.record, logger),
    logger,
  });
}
