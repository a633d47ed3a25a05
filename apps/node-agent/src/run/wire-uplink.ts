// Makes what talks to the controller: the follower of the config, the loop that submits measurements, and the
// reporter of what is applied on this node.

import type { Own } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { parseAllowedIp } from '@mesh/wg';
import type { SwitchingEngine } from '../engine/switching-engine.ts';
import type { LogWatch } from '../log/log-watch.ts';
import type { MeasuringAsked } from '../measure/measuring-asked.ts';
import type { AgentRecord } from '../status/agent-record.ts';
import { ControlChannel } from '../uplink/channel/control-channel.ts';
import { ConfigTrust } from '../uplink/config/config-trust.ts';
import { ConfigFollower, type ConfigSink } from '../uplink/config/follow-config.ts';
import type { HeldVersion } from '../uplink/config/hold-config.ts';
import { ToldKeeper } from '../uplink/config/keep-told.ts';
import { KemKeys } from '../uplink/keys/kem-keys.ts';
import { KeyRecovery } from '../uplink/keys/key-recovery.ts';
import { logReport } from '../uplink/reports/log-report.ts';
import { observeApplied, type ProbedPeers } from '../uplink/reports/observe-applied.ts';
import { AppliedReporter } from '../uplink/reports/report-applied.ts';
import { ReceiptKeeper } from '../uplink/submit/keep-receipt.ts';
import { SubmitLoop, type SubmitSink } from '../uplink/submit/submit-loop.ts';
import type { AgentParts } from './agent-parts.ts';
import type { AgentSignals } from './agent-signals.ts';

/** What the uplink is made from, in addition to the agent's parts. */
export interface UplinkPorts {
  readonly channel: ControlChannel;
  /** The held version, which the follower writes and the channel reads. */
  readonly heldVersion: HeldVersion;
  readonly engine: SwitchingEngine;
  readonly asked: MeasuringAsked;
  readonly record: AgentRecord;
  readonly log: LogWatch;
  readonly prober: ProbedPeers;
  readonly signals: AgentSignals;
}

export interface Uplink {
  readonly follower: ConfigFollower;
  readonly submissions: SubmitLoop;
  readonly reporter: AppliedReporter;
}

/** @param own takes what is to be closed at the end */
export function openChannel(
  parts: AgentParts,
  heldVersion: HeldVersion,
  signals: AgentSignals,
  own: Own,
): ControlChannel {
  const channel = new ControlChannel({
    connect: parts.connect,
    enrolment: parts.enrolment.current,
    clock: parts.clock,
    heldVersion: () => heldVersion.current,
    onConfirmed: (version, askedAtBootMs) => signals.versionConfirmed.emit({ version, askedAtBootMs }),
  });
  own(() => channel.close());
  return channel;
}

/** @param own takes what is to be closed at the end */
export function wireUplink(parts: AgentParts, ports: UplinkPorts, own: Own): Uplink {
  const { signals } = ports;
  const reporter = openReporter(parts, ports);
  signals.epochApplied.listen(() => reporter.nudge());
  signals.slotsMoved.listen(() => reporter.nudge());
  signals.troubleChanged.listen(() => reporter.troubleChanged());

  const { randomBytes, x25519, aead } = parts;
  const kemKeys = new KemKeys({ randomBytes, x25519, aead });
  own(() => kemKeys.dispose());
  const keyRecovery = new KeyRecovery({
    acknowledgedKeyId: () => kemKeys.acknowledgedKeyId(),
    measureNow: () => signals.measurementWanted.emit(),
    refetch: () => signals.refetchWanted.emit(),
  });
  const follower = openFollower(parts, ports, kemKeys, keyRecovery);
  signals.refetchWanted.listen(() => follower.refetch());
  signals.versionConfirmed.listen(({ version, askedAtBootMs }) => follower.confirm(version, askedAtBootMs));
  const submissions = openSubmissions(parts, ports, kemKeys, keyRecovery);
  return { follower, submissions, reporter };
}

function openReporter(
  parts: AgentParts,
  { channel, engine, prober, record, log }: UplinkPorts,
): AppliedReporter {
  const { keys, enrolment, sequences, clock, timers, controllerClock, logger } = parts;
  return new AppliedReporter({
    enrolment: () => enrolment.current,
    instanceId: parts.instanceId,
    client: channel.client,
    sign: keys.identity.sign,
    sequences,
    controllerClock,
    timers,
    logger,
    observe: () => observeApplied(engine, prober, clock, record.measurementTrouble, logReport(log)),
    cosigned: (head) => log.cosigned(head),
  });
}

function openFollower(
  parts: AgentParts,
  { channel, heldVersion, engine, record, log, signals }: UplinkPorts,
  kemKeys: KemKeys,
  keyRecovery: KeyRecovery,
): ConfigFollower {
  const { keys, enrolment, leaseFile, clock, timers, controllerClock, random, logger } = parts;
  const { mesh_id: meshId, node_id: nodeId, network } = enrolment.current;
  const sink: ConfigSink = {
    heard: ({ leaseSeconds, config, faults, keys: keysRead }) => {
      leaseFile.save(engine.heard(leaseSeconds, config), leaseSeconds);
      if (keysRead === 'lost') record.keysLost(keyRecovery.cannotOpen());
      else if (keysRead === 'opened') keyRecovery.opened();
      record.controllerHeard(config, faults);
      if (config !== undefined) signals.examsNamed.emit(config.exams ?? []);
    },
    confirmed: (leaseSeconds) => leaseFile.save(engine.heard(leaseSeconds), leaseSeconds),
    restricted: (config) => {
      if (config !== undefined) engine.restrict(config);
      record.controllerHeard(config, []);
    },
    lost: (failure) => record.controllerLost(failure),
  };
  return new ConfigFollower(
    {
      meshId,
      nodeId,
      instanceId: parts.instanceId,
      get wgPublicKey() {
        return keys.wireguard.a.publicKey;
      },
      get wgPublicKeyB() {
        return keys.wireguard.b.publicKey;
      },
      overlayNetworks: network.map(parseAllowedIp),
      trust: new ConfigTrust({
        meshId,
        known: enrolment.current,
        store: (known) => enrolment.update(known),
        ...defined({ verify: parts.verify }),
        logger,
      }),
      waitSeconds: parts.options.waitSeconds,
    },
    {
      ...{
        client: channel.client,
        heldVersion,
        kemKeys,
        log,
        clock,
        timers,
        controllerClock,
        random,
        logger,
      },
      told: new ToldKeeper({ file: parts.toldFile, logger }),
    },
    sink,
  );
}

function openSubmissions(
  parts: AgentParts,
  { channel, asked, record, signals }: UplinkPorts,
  kemKeys: KemKeys,
  keyRecovery: KeyRecovery,
): SubmitLoop {
  const { keys, enrolment, instanceId, sequences, spool, timers, controllerClock, random, logger } = parts;
  const { mesh_id: meshId, node_id: nodeId } = enrolment.current;
  const sink: SubmitSink = {
    accepted: (_measurement, answer) => {
      if (answer !== undefined) asked.heard(answer.measuring);
      record.submitted(answer);
      keyRecovery.submitted();
    },
    refused: (_measurement, failure) => {
      record.submissionRefused(failure);
      if (failure.code === 'invalid_message') asked.notUnderstood();
      // The challenge changed during the measurement, so the node measures again for the new one.
      if (failure.code === 'challenge_wrong') signals.measurementWanted.emit();
    },
    postponed: (failure) => {
      record.submissionPostponed(failure);
      // The message has the controller's time as this node knew it, so the controller's clock was set. The
      // next answer shows its new time.
      if (failure.code === 'clock_skew') signals.refetchWanted.emit();
    },
  };
  const receipts = new ReceiptKeeper({
    file: parts.receiptFile,
    knownKeys: () => enrolment.current,
    ...defined({ verify: parts.verify }),
    logger,
  });
  return new SubmitLoop(
    { meshId, nodeId, instanceId, sign: keys.identity.sign },
    {
      client: channel.client,
      sequences,
      spool,
      receipts,
      kemKeys,
      timers,
      controllerClock,
      random,
      logger,
      wantsSignals: () => asked.wantsSignals,
    },
    sink,
  );
}
