// The engine of one slot of strict rotation: it keeps its interface as the plan of both slots says.

import { LogField } from '@mesh/host';
import type { InterfaceName, InterfaceSlot } from '@mesh/wg';
import type { EngineOptions, EnginePorts } from './engine/engine-parts.ts';
import { nextInstantMs, type StrictPlan } from './plan/strict-slots.ts';
import type { OverlayRoutes } from './tunnel/overlay-routes.ts';
import type { Tunnel } from './tunnel/tunnel.ts';
import { InterfaceEngine } from './tunnel-engine.ts';

/** What is a slot's own: its key, its port, its interface and its guard. */
export type SlotParts = Pick<EngineOptions, 'privateKey' | 'listenPort'> &
  Pick<EnginePorts, 'tunnel' | 'guard'> & { readonly interfaceName: InterfaceName };

/** What both slots share. */
export type SlotOptions = Omit<EngineOptions, 'privateKey' | 'listenPort' | 'planner' | 'routes'>;

export interface SlotPorts extends Omit<EnginePorts, 'tunnel' | 'guard'> {
  readonly routes: OverlayRoutes;
}

/** What the slot follows. */
export type PlanAt = (leaseHolds: boolean, controllerNowMs: number) => StrictPlan;

export function openSlotEngine(
  slot: InterfaceSlot,
  { interfaceName, tunnel, guard, privateKey, listenPort }: SlotParts,
  options: SlotOptions,
  ports: SlotPorts,
  planAt: PlanAt,
): InterfaceEngine {
  return new InterfaceEngine(
    {
      ...options,
      privateKey,
      listenPort,
      routes: [],
      planner: {
        // The engine holds its own slot's view of the config, and the plan needs the whole.
        desired: ({ leaseHolds, controllerNowMs }) => planAt(leaseHolds, controllerNowMs).slots[slot],
        nextChangeAtMs: nextInstantMs,
      },
    },
    {
      ...ports,
      tunnel: prepared(tunnel, interfaceName, ports),
      guard,
      // It follows the whole config, whichever peers the slot has.
      routeWatch: { ...ports.routeWatch, follow: () => undefined },
      // What it does for every epoch is no news.
      logger: ports.logger.child(
        { [LogField.slot]: slot },
        { level: ports.logger.level === 'info' ? 'warn' : ports.logger.level },
      ),
    },
  );
}

/** The tunnel, made to accept what the other slot would answer before any packet comes. */
function prepared(tunnel: Tunnel, interfaceName: InterfaceName, { routes, logger }: SlotPorts): Tunnel {
  return {
    ...tunnel,
    up: async (wanted) => {
      const report = await tunnel.up(wanted);
      if (!(await routes.acceptFromEither(interfaceName))) {
        logger.warn(
          { [LogField.interfaceName]: interfaceName },
          'the reverse path filter could not be set to loose: packets may be lost at boundaries (sysctl net.ipv4.conf.*.rp_filter=2)',
        );
      }
      return report;
    },
  };
}
