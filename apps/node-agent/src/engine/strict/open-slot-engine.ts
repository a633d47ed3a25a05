// Opens the engine of one slot of strict rotation. The engine follows its slot's part of the plan for both
// slots.

import { LogField } from '@mesh/host';
import type { InterfaceName, InterfaceSlot } from '@mesh/wg';
import type { OverlayRoutes } from '@mesh/wg-device';
import { nextInstantMs, type StrictPlan } from '../../plan/strict-slots.ts';
import { acceptingFromEither } from '../one-interface/accepting-from-either.ts';
import type { EngineOptions, EnginePorts } from '../one-interface/engine-parts.ts';
import { InterfaceEngine } from '../one-interface/interface-engine.ts';

/** The parts of one slot: its key, its port, its interface and its guard. */
export type SlotParts = Pick<EngineOptions, 'privateKey' | 'publicKey' | 'listenPort'> &
  Pick<EnginePorts, 'tunnel' | 'guard'> & { readonly interfaceName: InterfaceName };

/** The options that both slots share. */
export type SlotOptions = Omit<
  EngineOptions,
  'privateKey' | 'publicKey' | 'listenPort' | 'planner' | 'routes'
>;

export interface SlotPorts extends Omit<EnginePorts, 'tunnel' | 'guard'> {
  readonly routes: OverlayRoutes;
}

export interface SlotsPlanner {
  /** The plan for both slots at an instant. */
  readonly planAt: (leaseHolds: boolean, controllerNowMs: number) => StrictPlan;
  /** The slot that the routes point to, on which a plan can depend. */
  readonly carrying: () => InterfaceSlot | undefined;
}

export function openSlotEngine(
  slot: InterfaceSlot,
  { interfaceName, tunnel, guard, privateKey, publicKey, listenPort }: SlotParts,
  options: SlotOptions,
  ports: SlotPorts,
  { planAt, carrying }: SlotsPlanner,
): InterfaceEngine {
  return new InterfaceEngine(
    {
      ...options,
      privateKey,
      publicKey,
      listenPort,
      routes: [],
      planner: {
        // The engine holds its slot's view of the config, but the plan needs the whole config.
        desired: ({ leaseHolds, controllerNowMs }) => planAt(leaseHolds, controllerNowMs).slots[slot],
        nextChangeAtMs: nextInstantMs,
        dependsOn: carrying,
      },
    },
    {
      ...ports,
      tunnel: acceptingFromEither(tunnel, [interfaceName], ports),
      guard,
      // The watch follows the whole config, not the peers of one slot.
      routeWatch: { ...ports.routeWatch, follow: () => undefined },
      // What a slot's engine does in each epoch is not worth a line at level info.
      logger: ports.logger.child(
        { [LogField.slot]: slot },
        { level: ports.logger.level === 'info' ? 'warn' : ports.logger.level },
      ),
    },
  );
}
