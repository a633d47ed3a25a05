// Opens the agent's interfaces on this host: chooses the kind of tunnel, and finds what an earlier run left.

import {
  type Cidr,
  type InterfaceName,
  type InterfaceSlot,
  parseSlottedInterfaceName,
  slotInterfaceName,
} from '@mesh/wg';
import type { LeaseGuard, Tunnel } from '@mesh/wg-device';
import {
  type ChooseTunnelOptions,
  type ChosenTunnel,
  chooseTunnel,
  createDryRunOverlayRoutes,
  createIpLink,
  createIpOverlayRoutes,
  createNoGuard,
  TunnelError,
} from '@mesh/wg-device';
import type { AgentInterfaces } from './agent-interfaces.ts';

export interface HostInterfacesOptions
  extends Pick<ChooseTunnelOptions, 'choice' | 'run' | 'timers' | 'runtimeDir' | 'writeLine'> {
  readonly name: string;
  readonly openGuard: (name: InterfaceName) => Promise<LeaseGuard>;
}

export interface HostInterfaces extends AgentInterfaces {
  readonly kind: ChosenTunnel['kind'];
}

/** @throws TunnelError as `chooseTunnel` */
export async function openHostInterfaces(options: HostInterfacesOptions): Promise<HostInterfaces> {
  const { choice, run, writeLine } = options;
  const name = checkName(options.name);
  const [slotA] = slotNames(name);
  const isStrict = choice !== 'dry-run' && (await createIpLink(run, slotA).read()) !== undefined;
  const { kind } = await chooseTunnel({ ...options, interfaceName: isStrict ? slotA : name });
  // Each interface has one adapter, so that its calls run one after the other.
  const tunnels = new Map<InterfaceName, Promise<Tunnel>>();
  const tunnelOf = (interfaceName: InterfaceName): Promise<Tunnel> => {
    let tunnel = tunnels.get(interfaceName);
    if (tunnel === undefined) {
      tunnel = chooseTunnel({ ...options, choice: kind, interfaceName }).then((chosen) => chosen.tunnel);
      tunnels.set(interfaceName, tunnel);
    }
    return tunnel;
  };
  return {
    kind,
    name,
    rotation: isStrict ? 'strict' : 'in_place',
    open: async (interfaceName) => ({
      tunnel: await tunnelOf(interfaceName),
      guard: kind === 'dry-run' ? createNoGuard() : await options.openGuard(interfaceName),
    }),
    exists: async (interfaceName) =>
      kind !== 'dry-run' && (await createIpLink(run, interfaceName).read()) !== undefined,
    remove: async (interfaceName) => (await tunnelOf(interfaceName)).down(),
    routes: (networks: readonly Cidr[]) =>
      kind === 'dry-run'
        ? createDryRunOverlayRoutes(writeLine)
        : createIpOverlayRoutes({ run, networks, interfaceNames: everyInterfaceName(options.name) }),
  };
}

/** Every interface that an agent with this setting may have made. @throws TunnelError `invalid_input` */
export function everyInterfaceName(setting: string): readonly InterfaceName[] {
  const name = checkName(setting);
  return [name, ...slotNames(name)];
}

function slotNames(name: InterfaceName): readonly [InterfaceName, InterfaceName] {
  const of = (slot: InterfaceSlot) => slotInterfaceName(name, slot);
  return [of('a'), of('b')];
}

function checkName(setting: string): InterfaceName {
  try {
    return parseSlottedInterfaceName(setting);
  } catch (error) {
    throw new TunnelError(
      'invalid_input',
      error instanceof Error ? error.message : 'the interface name is invalid',
    );
  }
}
