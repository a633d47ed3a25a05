// What the running agent is told of its settings.

import type { AgentOptions, AgentParts } from '../run/agent-parts.ts';
import { endpointOf } from '../settings/advertised-endpoint.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';

export function agentOptionsOf(settings: AgentSettings, tunnelKind: AgentParts['tunnelKind']): AgentOptions {
  return {
    endpoint: endpointOf(settings),
    holdSeconds: settings.on_controller_loss === 'hold' ? settings.hold_seconds : 0,
    onOverlap: settings.routes.overlap,
    reconcileMs: settings.reconcile_seconds * 1_000,
    waitSeconds: settings.wait_seconds,
    measureIntervalMs: settings.measure.interval_seconds * 1_000,
    measureJitter: settings.measure.jitter,
    // A dry run has no overlay address to probe from.
    probePort: tunnelKind === 'dry-run' ? 0 : settings.probe.port,
    probeIntervalMs: settings.probe.interval_seconds * 1_000,
    metricsPerPeer: settings.metrics.per_peer,
  };
}
