// Connects the parts of an agent. Each part is made from earlier ones, and signals carry news the other way.
// Nothing runs yet when this returns: run-agent.ts starts and ends all parts.

import type { Own } from '@mesh/host';
import type { ControlHandlers } from '../control/control-server.ts';
import type { SwitchingEngine } from '../engine/switching-engine.ts';
import type { Examiner } from '../exams/examiner.ts';
import type { LogWatch } from '../log/log-watch.ts';
import type { MeasureLoop } from '../measure/measure-loop.ts';
import { MeasuringAsked } from '../measure/measuring-asked.ts';
import type { PeerProber } from '../probes/probe-peers.ts';
import { AgentRecord } from '../status/agent-record.ts';
import type { ControlChannel } from '../uplink/channel/control-channel.ts';
import type { HeldVersion } from '../uplink/config/hold-config.ts';
import type { AgentParts } from './agent-parts.ts';
import { AgentSignals } from './agent-signals.ts';
import { KeyChanges } from './key-changes.ts';
import { acceptLogHead, openLog } from './open-log.ts';
import { wireEngine } from './wire-engine.ts';
import { wireExaminer } from './wire-examiner.ts';
import { openProber, wireMeasuring } from './wire-measuring.ts';
import { openChannel, type Uplink, wireUplink } from './wire-uplink.ts';

export interface WiredAgent extends Uplink {
  readonly engine: SwitchingEngine;
  readonly channel: ControlChannel;
  /** Undefined if there is nothing to measure with. */
  readonly measuring: MeasureLoop | undefined;
  /** Undefined if this node takes no exams. */
  readonly examiner: Examiner | undefined;
  readonly prober: PeerProber;
  readonly record: AgentRecord;
  readonly log: LogWatch;
  readonly keyChanges: KeyChanges;
  readonly acceptLogHead: ControlHandlers['acceptLogHead'];
}

/**
 * Opens the engine, with the lease of an earlier run if that is still valid.
 *
 * @param own registers what has to be closed at the end
 * @throws TunnelError
 */
export async function wireAgent(parts: AgentParts, own: Own): Promise<WiredAgent> {
  const { journal, clock, controllerClock, logger } = parts;
  const signals = new AgentSignals();
  const heldVersion: HeldVersion = { current: undefined };
  const record = new AgentRecord(
    journal.record,
    { nowMs: () => controllerClock.nowMs(), wallMs: () => Math.floor(clock.nowMs()) },
    logger,
  );
  const channel = openChannel(parts, heldVersion, signals, own);
  const engine = await wireEngine(parts, signals, own);
  const log = openLog(parts, signals);
  const asked = new MeasuringAsked(parts.options.measureIntervalMs, signals.paceChanged.emit);
  const prober = openProber(parts, engine);
  const uplink = wireUplink(
    parts,
    { channel, heldVersion, engine, asked, record, log, prober, signals },
    own,
  );
  const { submissions } = uplink;
  const measuring = wireMeasuring(parts, { engine, submissions, asked, record, signals });
  const examiner = wireExaminer(parts, { channel, engine, signals });
  controllerClock.onSet(() => {
    logger.warn("the controller's clock was set; measuring anew");
    signals.measurementWanted.emit();
  });
  const keyChanges = new KeyChanges(parts, { channel, engine, signals });
  return {
    ...uplink,
    engine,
    channel,
    measuring,
    examiner,
    prober,
    record,
    log,
    keyChanges,
    acceptLogHead: acceptLogHead(log, signals),
  };
}
