// How the parts of an agent are tied together: what one hears, measures or applies, and who is told of it. Nothing runs
// yet when it returns; run-agent.ts starts and ends it all.

import type { Own } from '@mesh/host';
import { decodeBase64 } from '@mesh/primitives';
import { parseAllowedIp } from '@mesh/wg';
import type { AgentParts } from './agent-parts.ts';
import { createRouteWatch } from './engine/route-watch.ts';
import { MeasureLoop } from './measure/measure-loop.ts';
import { AgentRecord } from './observe/agent-record.ts';
import { observeApplied } from './observe/observe-applied.ts';
import { hostAddress, overlayTargets } from './observe/overlay-targets.ts';
import { PeerProber } from './observe/probe-peers.ts';
import { reportOverlaps } from './observe/report-overlaps.ts';
import { openEngine } from './open-engine.ts';
import { SwitchingEngine } from './rotation-engine.ts';
import { ControlChannel } from './uplink/control-channel.ts';
import { ConfigFollower } from './uplink/follow-config.ts';
import { KemKeys } from './uplink/kem-keys.ts';
import { KeyRecovery } from './uplink/key-recovery.ts';
import { AppliedReporter } from './uplink/report-applied.ts';
import { SubmitLoop } from './uplink/submit-loop.ts';

export interface WiredAgent {
  readonly engine: SwitchingEngine;
  readonly channel: ControlChannel;
  readonly follower: ConfigFollower;
  readonly submissions: SubmitLoop;
  readonly reporter: AppliedReporter;
  /** Undefined: there is nothing to measure with. */
  readonly measuring: MeasureLoop | undefined;
  readonly prober: PeerProber;
  readonly record: AgentRecord;
}

/**
 * Opens the engine, with the lease of an earlier run where it still counts.
 *
 * @param own takes what is to be closed at the end
 * @throws TunnelError
 */
export async function wireAgent(parts: AgentParts, own: Own): Promise<WiredAgent> {
  const { keys, enrolment, journal, clock, timers, controllerClock, random, logger, options } = parts;
  const { mesh_id: meshId, node_id: nodeId } = enrolment.current;
  const record = new AgentRecord(
    journal.record,
    { nowMs: () => controllerClock.nowMs(), wallMs: () => Math.floor(clock.nowMs()) },
    logger,
  );
  const channel = new ControlChannel({
    connect: parts.connect,
    enrolment: enrolment.current,
    clock,
    heldVersion: () => follower.heldVersion,
    onConfirmed: (version, askedAtBootMs) => follower.confirm(version, askedAtBootMs),
  });
  own(() => channel.close());
  const { client } = channel;

  const lease = await parts.leaseFile.read();
  const troubleChanged = () => reporter.troubleChanged();
  const networks = enrolment.current.network.map(parseAllowedIp);
  const routes = parts.interfaces.routes(networks);
  const routeWatch = createRouteWatch(
    {
      networks,
      addresses: enrolment.current.addresses.map(hostAddress),
      onOverlap: options.onOverlap,
    },
    { routes, clock, ...reportOverlaps({ record: journal.record, logger, changed: troubleChanged }) },
  );
  const engine: SwitchingEngine = await SwitchingEngine.open({
    rotation: parts.interfaces.rotation,
    lease,
    open: (rotation, held) =>
      openEngine(parts, { epochApplied: () => reporter.nudge(), troubleChanged }, rotation, held, {
        routes,
        routeWatch,
      }),
    troubleChanged,
    clock,
    timers,
    logger,
  });
  own(() => engine.stop());
  const reporter: AppliedReporter = new AppliedReporter({
    enrolment: () => enrolment.current,
    instanceId: parts.instanceId,
    client,
    sign: keys.identity.sign,
    sequences: parts.sequences,
    controllerClock,
    timers,
    logger,
    observe: () => observeApplied(engine, clock, record.measurementTrouble),
  });

  const { randomBytes, x25519, aead } = parts;
  const kemKeys = new KemKeys({ randomBytes, x25519, aead });
  own(() => kemKeys.dispose());
  const keyRecovery = new KeyRecovery({
    acknowledgedKeyId: () => kemKeys.acknowledgedKeyId(),
    measureNow: () => measuring?.measureNow(),
    refetch: () => follower.refetch(),
  });
  const follower: ConfigFollower = new ConfigFollower(
    {
      meshId,
      nodeId,
      instanceId: parts.instanceId,
      wgPublicKey: keys.wireguard.a.publicKey,
      wgPublicKeyB: keys.wireguard.b.publicKey,
      overlayNetworks: networks,
      configPublicKey: decodeBase64(enrolment.current.config_public_key, { lengthBytes: 32 }),
      ...(parts.verify === undefined ? {} : { verify: parts.verify }),
      waitSeconds: options.waitSeconds,
    },
    { client, kemKeys, clock, timers, controllerClock, random, logger },
    {
      heard: ({ leaseSeconds, config, faults, keys: keysRead }) => {
        parts.leaseFile.save(engine.heard(leaseSeconds, config), leaseSeconds);
        if (keysRead === 'lost') record.keysLost(keyRecovery.cannotOpen());
        else if (keysRead === 'opened') keyRecovery.opened();
        record.controllerHeard(config, faults);
      },
      confirmed: (leaseSeconds) => parts.leaseFile.save(engine.heard(leaseSeconds), leaseSeconds),
      lost: (failure) => record.controllerLost(failure),
    },
  );
  const submissions = new SubmitLoop(
    { meshId, nodeId, instanceId: parts.instanceId, sign: keys.identity.sign },
    {
      client,
      sequences: parts.sequences,
      spool: parts.spool,
      kemKeys,
      timers,
      controllerClock,
      random,
      logger,
    },
    {
      accepted: (_measurement, answer) => {
        record.submitted(answer);
        keyRecovery.submitted();
      },
      refused: (_measurement, failure) => {
        record.submissionRefused(failure);
        // The challenge moved on while it was measured: measure for the new one.
        if (failure.code === 'challenge_wrong') measuring?.measureNow();
      },
      postponed: (failure) => {
        record.submissionPostponed(failure);
        // It was dated on the controller's clock, which must have been set: the answer to the next query tells.
        if (failure.code === 'clock_skew') follower.refetch();
      },
    },
  );
  const measuring =
    parts.source === undefined
      ? undefined
      : new MeasureLoop(
          {
            source: parts.source,
            intervalMs: options.measureIntervalMs,
            jitter: options.measureJitter,
            challenge: () => engine.snapshot().config?.challenge,
            timers,
            random,
            logger,
          },
          {
            measured: (measurement) => {
              if (record.measured(measurement)) troubleChanged();
              submissions.submit(measurement);
            },
            failed: (failure) => {
              if (record.measurementFailed(failure)) troubleChanged();
            },
          },
        );
  controllerClock.onSet(() => {
    logger.warn("the controller's clock was set; measuring anew");
    measuring?.measureNow();
  });
  const prober = new PeerProber({
    port: options.probePort,
    intervalMs: options.probeIntervalMs,
    addresses: () => overlayTargets(engine.snapshot().config).own,
    targets: () => {
      const { config, present } = engine.snapshot();
      return overlayTargets(config, present).peers;
    },
    randomBytes: parts.randomBytes,
    clock,
    timers,
    logger,
  });
  return { engine, channel, follower, submissions, reporter, measuring, prober, record };
}
