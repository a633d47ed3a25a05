// Opens the engine of an agent, together with what all its interfaces share: the overlay's routes and their
// watch.

import type { Own } from '@mesh/host';
import { parseAllowedIp } from '@mesh/wg';
import { createRouteWatch } from '../engine/one-interface/route-watch.ts';
import { SwitchingEngine } from '../engine/switching-engine.ts';
import { reportOverlaps } from '../events/report-overlaps.ts';
import { hostAddress } from '../plan/overlay-targets.ts';
import type { AgentParts } from './agent-parts.ts';
import type { AgentSignals } from './agent-signals.ts';
import { openEngine } from './open-engine.ts';

/**
 * Opens the engine, with the lease of an earlier run if that is still valid.
 *
 * @param own registers what has to be closed at the end
 * @throws TunnelError
 */
export async function wireEngine(
  parts: AgentParts,
  signals: AgentSignals,
  own: Own,
): Promise<SwitchingEngine> {
  const { enrolment, interfaces, journal, clock, timers, logger, options } = parts;
  const troubleChanged = () => signals.troubleChanged.emit();
  const told = {
    epochApplied: () => signals.epochApplied.emit(),
    slotsMoved: () => signals.slotsMoved.emit(),
    troubleChanged,
  };
  const networks = enrolment.current.network.map(parseAllowedIp);
  const routes = interfaces.routes(networks);
  const routeWatch = createRouteWatch(
    {
      networks,
      addresses: enrolment.current.addresses.map(hostAddress),
      onOverlap: options.onOverlap,
    },
    { routes, clock, ...reportOverlaps({ record: journal.record, logger, changed: troubleChanged }) },
  );
  const engine = await SwitchingEngine.open({
    rotation: interfaces.rotation,
    lease: await parts.leaseFile.read(),
    open: (rotation, lease) => openEngine(parts, told, rotation, lease, { routes, routeWatch }),
    troubleChanged,
    clock,
    timers,
    logger,
  });
  own(() => engine.stop());
  return engine;
}
