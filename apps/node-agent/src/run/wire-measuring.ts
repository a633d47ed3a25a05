// Makes what measures the node's own behaviour and its paths to the peers.

import type { Engine } from '../engine/port/engine.ts';
import { MeasureLoop } from '../measure/measure-loop.ts';
import type { MeasuringAsked } from '../measure/measuring-asked.ts';
import { observeSignals } from '../measure/observe-signals.ts';
import { overlayTargets } from '../plan/overlay-targets.ts';
import { PeerProber } from '../probes/probe-peers.ts';
import type { AgentRecord } from '../status/agent-record.ts';
import type { SubmitLoop } from '../uplink/submit/submit-loop.ts';
import type { AgentParts } from './agent-parts.ts';
import type { AgentSignals } from './agent-signals.ts';

export interface MeasuringPorts {
  readonly engine: Pick<Engine, 'snapshot' | 'tunnel'>;
  readonly submissions: Pick<SubmitLoop, 'submit'>;
  readonly asked: MeasuringAsked;
  readonly record: AgentRecord;
  readonly signals: AgentSignals;
}

/** @returns undefined if there is nothing to measure with */
export function wireMeasuring(
  parts: AgentParts,
  { engine, submissions, asked, record, signals }: MeasuringPorts,
): MeasureLoop | undefined {
  const { source, clock, controllerClock, timers, random, logger, options } = parts;
  if (source === undefined) return undefined;
  const measuring = new MeasureLoop(
    {
      source,
      intervalMs: () => asked.intervalMs(),
      monotonicMs: () => clock.monotonicMs(),
      observe: () => (asked.wantsSignals ? observeSignals(engine, clock, controllerClock) : undefined),
      jitter: options.measureJitter,
      challenge: () => engine.snapshot().config?.challenge,
      timers,
      random,
      logger,
    },
    {
      measured: (measurement) => {
        if (record.measured(measurement)) signals.troubleChanged.emit();
        submissions.submit(measurement);
      },
      failed: (failure) => {
        if (record.measurementFailed(failure)) signals.troubleChanged.emit();
      },
    },
  );
  signals.measurementWanted.listen(() => measuring.measureNow());
  signals.paceChanged.listen(() => measuring.paceChanged());
  return measuring;
}

export function openProber(parts: AgentParts, engine: Pick<Engine, 'members'>): PeerProber {
  const { randomBytes, clock, timers, logger, options } = parts;
  let last: (ReturnType<Engine['members']> & ReturnType<typeof overlayTargets>) | undefined;
  /** Made again only if config or peers are others, because every probe that arrives asks for them. */
  const targets = () => {
    const { config, present } = engine.members();
    if (last === undefined || last.config !== config || last.present !== present)
      last = { config, present, ...overlayTargets(config, present) };
    return last;
  };
  return new PeerProber({
    port: options.probePort,
    intervalMs: options.probeIntervalMs,
    addresses: () => targets().own,
    targets: () => targets().peers,
    randomBytes,
    clock,
    timers,
    logger,
  });
}
