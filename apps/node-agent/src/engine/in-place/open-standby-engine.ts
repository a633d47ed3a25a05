// Opens the engine of slot b with rotation in place. Its pairs are those of slot a, which reports them.

import { LogField } from '@mesh/host';
import { type LeaseGuard, type Tunnel, TunnelError } from '@mesh/wg-device';
import type { AgentEvent } from '../../events/agent-events.ts';
import { nextChangeAtMs } from '../../plan/due-changes.ts';
import type { EngineOptions, EnginePlanner, EnginePorts } from '../one-interface/engine-parts.ts';
import { InterfaceEngine } from '../one-interface/interface-engine.ts';

export type StandbyPlanner = Pick<EnginePlanner, 'desired' | 'dependsOn'>;

/** What happens in slot a as well. */
const TOLD_BY_SLOT_A: ReadonlySet<AgentEvent['type']> = new Set([
  'peer_added',
  'peer_removed',
  'psks_set',
  'epoch_applied',
  'lease_ended',
]);

export function openStandbyEngine(
  options: EngineOptions,
  ports: EnginePorts,
  planner: StandbyPlanner,
): InterfaceEngine {
  const { logger, record, routeWatch } = ports;
  const { tunnel, guard } = behindGuard(ports);
  return new InterfaceEngine(
    { ...options, planner: { ...planner, nextChangeAtMs } },
    {
      ...ports,
      tunnel,
      guard,
      // The watch follows the whole config, not the peers of slot b.
      routeWatch: { ...routeWatch, follow: () => undefined },
      record: (event) => {
        if (!TOLD_BY_SLOT_A.has(event.type)) record(event);
      },
      epochApplied: () => undefined,
      logger: logger.child(
        { [LogField.slot]: 'b' },
        { level: logger.level === 'info' ? 'warn' : logger.level },
      ),
    },
  );
}

/**
 * Lets a peer on the interface only after the guard lets its packets through. The other end sends here as
 * soon as there is a session, and there is none before the peer is on the interface.
 */
function behindGuard({
  tunnel,
  guard,
}: Pick<EnginePorts, 'tunnel' | 'guard'>): Pick<EnginePorts, 'tunnel' | 'guard'> {
  let isApplied: Promise<void> = Promise.resolve();
  const waiting: Tunnel = {
    ...tunnel,
    addPeers: async (peers) => {
      await isApplied;
      if (guard.kind === 'nftables' && guard.state().kind !== 'applied')
        throw new TunnelError(
          'busy',
          'the guard of slot b is not in force yet: the peers are added after it',
        );
      await tunnel.addPeers(peers);
    },
  };
  const watched: LeaseGuard = {
    kind: guard.kind,
    apply: (wanted) => {
      isApplied = guard.apply(wanted);
      return isApplied;
    },
    removeNow: (addresses) => guard.removeNow(addresses),
    state: () => guard.state(),
    restrictions: () => guard.restrictions(),
    stop: () => guard.stop(),
    down: () => guard.down(),
  };
  return { tunnel: waiting, guard: watched };
}
