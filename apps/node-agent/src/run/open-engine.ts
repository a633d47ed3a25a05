// Opens the engine for either kind of rotation. Each kind has its own interfaces: NAME in place, NAME-a and
// NAME-b in strict rotation. The interfaces of the other kind are removed first, because both kinds listen on
// the same ports. Rotation in place has NAME-b, too, while pairs move to it and back.

import type { Clock, Logger, Timers } from '@mesh/host';
import type { AdvertisedEndpoint, Rotation } from '@mesh/protocol';
import { type Cidr, type InterfaceSlot, parseAllowedIp, slotInterfaceName } from '@mesh/wg';
import type { HostRules, OverlayRoutes } from '@mesh/wg-device';
import type { ControllerClock } from '../clock/controller-clock.ts';
import { InPlaceEngine } from '../engine/in-place/in-place-engine.ts';
import { openStandbyEngine, type StandbyPlanner } from '../engine/in-place/open-standby-engine.ts';
import { acceptingFromEither } from '../engine/one-interface/accepting-from-either.ts';
import type { EnginePorts } from '../engine/one-interface/engine-parts.ts';
import { InterfaceEngine } from '../engine/one-interface/interface-engine.ts';
import type { RouteWatch } from '../engine/one-interface/route-watch.ts';
import type { Engine } from '../engine/port/engine.ts';
import { StrictEngine } from '../engine/strict/strict-engine.ts';
import type { EnrolmentStore } from '../identity/enrolment-store.ts';
import { type NodeKeys, wgPrivateKeyText } from '../identity/key-files.ts';
import type { AgentInterfaces } from '../interfaces/agent-interfaces.ts';
import type { Journal } from '../journal/journal.ts';
import type { Lease } from '../lease/lease.ts';
import { hostAddress } from '../plan/overlay-targets.ts';

const DEFAULT_MTU = 1_420;

/** The parts of an agent that its engines are made from. */
export interface EngineSources {
  readonly keys: Pick<NodeKeys, 'wireguard'>;
  readonly enrolment: Pick<EnrolmentStore, 'current'>;
  readonly interfaces: AgentInterfaces;
  readonly hostRules: HostRules;
  readonly tunnelKind: 'kernel' | 'userspace' | 'dry-run';
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly journal: Pick<Journal, 'record'>;
  readonly logger: Logger;
  readonly options: {
    readonly endpoint: AdvertisedEndpoint;
    readonly reconcileMs: number;
    readonly holdSeconds: number;
  };
}

/** The routes, which all engines that an agent opens share. */
export interface EngineRoutes {
  readonly routes: OverlayRoutes;
  readonly routeWatch: RouteWatch;
}

/** @throws TunnelError */
export async function openEngine(
  sources: EngineSources,
  told: Pick<EnginePorts, 'epochApplied' | 'troubleChanged'> & { readonly slotsMoved: () => void },
  rotation: Rotation,
  lease: Lease | undefined,
  { routes, routeWatch }: EngineRoutes,
): Promise<Engine> {
  const { keys, enrolment, options, interfaces, clock, timers, controllerClock, journal, logger } = sources;
  const name = interfaces.name;
  const listenPort = (slot: InterfaceSlot) => options.endpoint.listen_ports[slot] ?? 0;
  const privateKey = (slot: InterfaceSlot) => () => wgPrivateKeyText(keys.wireguard[slot].privateKey);
  const publicKey = (slot: InterfaceSlot) => () => keys.wireguard[slot].publicKey;
  const networks = enrolment.current.network.map(parseAllowedIp);
  const shared = {
    addresses: enrolment.current.addresses.map(hostAddress),
    toAddresses: (texts: readonly string[]): readonly Cidr[] => texts.map(hostAddress),
    mtu: DEFAULT_MTU,
    reconcileMs: options.reconcileMs,
    holdSeconds: options.holdSeconds,
    lease,
  };
  const ports = {
    clock,
    timers,
    controllerClock,
    record: journal.record,
    ...told,
    hostRules: sources.hostRules,
    routeWatch,
    logger,
  };

  if (rotation === 'in_place') {
    const [nameA, nameB] = [slotInterfaceName(name, 'a'), slotInterfaceName(name, 'b')];
    // Both slots: strict rotation made them. Slot b alone: pairs were moving to it or back.
    if (await interfaces.exists(nameA)) for (const each of [nameA, nameB]) await interfaces.remove(each);
    const ofSlot = (slot: InterfaceSlot) => ({
      privateKey: privateKey(slot),
      publicKey: publicKey(slot),
      listenPort: listenPort(slot),
    });
    const main = new InterfaceEngine(
      { ...shared, ...ofSlot('a'), routes: networks },
      { ...ports, ...(await interfaces.open(name)) },
    );
    const openStandby = async (planner: StandbyPlanner) => {
      const { tunnel, guard } = await interfaces.open(nameB);
      return openStandbyEngine(
        { ...shared, ...ofSlot('b'), routes: [] },
        { ...ports, tunnel: acceptingFromEither(tunnel, [nameB, name], { routes, logger }), guard },
        planner,
      );
    };
    const hasStandby = await interfaces.exists(nameB);
    return new InPlaceEngine(
      { main, ownKey: (slot) => keys.wireguard[slot].publicKey, standbyName: nameB, openStandby, hasStandby },
      { routeWatch, clock, timers, logger, moved: told.slotsMoved },
    );
  }
  await interfaces.remove(name);
  const slotParts = async (slot: InterfaceSlot) => {
    const interfaceName = slotInterfaceName(name, slot);
    return {
      ...(await interfaces.open(interfaceName)),
      interfaceName,
      privateKey: privateKey(slot),
      publicKey: publicKey(slot),
      listenPort: listenPort(slot),
    };
  };
  return new StrictEngine(
    {
      ...shared,
      slots: { a: await slotParts('a'), b: await slotParts('b') },
      verifyHandshakes: sources.tunnelKind !== 'dry-run',
    },
    { ...ports, routes },
  );
}
