// The running agent: the tunnel's engine, the uplink, the measuring and the observing, each a task of its own, tied
// together here. Everything real comes in from compose.ts.

import type { Clock, Logger, Timers } from '@mesh/host';
import { decodeBase64, type Ed25519Verify } from '@mesh/primitives';
import type { AdvertisedEndpoint } from '@mesh/protocol';
import type { Aead, X25519 } from '@mesh/seal';
import { parseAllowedIp } from '@mesh/wg';
import { AgentError, messageOf } from './agent-error.ts';
import type { ControlHandlers } from './control/control-server.ts';
import type { EnrolmentStore } from './identity/enrolment-store.ts';
import type { NodeKeys } from './identity/key-files.ts';
import { renewCertificates } from './identity/renew-certificate.ts';
import type { SequenceFile } from './identity/sequence-file.ts';
import type { LeaseFile } from './lease/lease-file.ts';
import { MeasureLoop } from './measure/measure-loop.ts';
import type { MeasurementSource } from './measure/measurement.ts';
import { AgentRecord } from './observe/agent-record.ts';
import { buildStatus } from './observe/build-status.ts';
import type { Journal } from './observe/journal.ts';
import { observeApplied } from './observe/observe-applied.ts';
import { overlayTargets } from './observe/overlay-targets.ts';
import { PeerProber } from './observe/probe-peers.ts';
import { openEngine } from './open-engine.ts';
import { RotationEngine } from './rotation-engine.ts';
import type { AgentInterfaces } from './tunnel/agent-interfaces.ts';
import { announceLeave } from './uplink/announce-leave.ts';
import { type ConnectNode, ControlChannel } from './uplink/control-channel.ts';
import type { ControllerClock } from './uplink/controller-clock.ts';
import { ConfigFollower } from './uplink/follow-config.ts';
import { KemKeys } from './uplink/kem-keys.ts';
import { KeyRecovery } from './uplink/key-recovery.ts';
import { AppliedReporter } from './uplink/report-applied.ts';
import { reportEndpoint } from './uplink/report-endpoint.ts';
import type { Spool } from './uplink/spool.ts';
import { SubmitLoop } from './uplink/submit-loop.ts';

export interface AgentParts {
  readonly instanceId: string;
  readonly version: string;
  readonly pid: number;
  readonly keys: NodeKeys;
  readonly enrolment: EnrolmentStore;
  readonly sequences: SequenceFile;
  readonly spool: Spool;
  readonly leaseFile: LeaseFile;
  readonly journal: Journal;
  readonly connect: ConnectNode;
  readonly interfaces: AgentInterfaces;
  readonly tunnelKind: 'kernel' | 'userspace' | 'dry-run';
  /** Undefined: nothing is measured, and the node is never admitted. */
  readonly source: MeasurementSource | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly random: () => number;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly verify?: Ed25519Verify;
  readonly x25519: X25519;
  readonly aead: Aead;
  readonly logger: Logger;
  /** Opens the control socket; it is closed when the agent ends. */
  readonly serveControl: (handlers: ControlHandlers) => Promise<{ close(): void }>;
  readonly options: AgentOptions;
}

export interface AgentOptions {
  readonly endpoint: AdvertisedEndpoint;
  readonly holdSeconds: number;
  readonly reconcileMs: number;
  readonly waitSeconds: number;
  readonly measureIntervalMs: number;
  readonly measureJitter: number;
  /** 0: no probing. */
  readonly probePort: number;
  readonly probeIntervalMs: number;
}

const LEAVE_TIMEOUT_MS = 3_000;

/**
 * Runs until the signal aborts or somebody calls `down`. A signal leaves the interface as it is, so that a restart
 * drops no tunnel; `down` says goodbye to the controller and removes it.
 *
 * @returns why it ended
 */
export async function runAgent(parts: AgentParts, signal: AbortSignal): Promise<'signal' | 'down'> {
  const { keys, enrolment, journal, clock, timers, controllerClock, random, logger, options } = parts;
  const { mesh_id: meshId, node_id: nodeId } = enrolment.current;
  const record = new AgentRecord(journal.record, () => controllerClock.nowMs(), logger);
  const channel = new ControlChannel(parts.connect, enrolment.current);
  const { client } = channel;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);

  const lease = await parts.leaseFile.read();
  const engine: RotationEngine = await RotationEngine.open({
    rotation: parts.interfaces.rotation,
    lease,
    open: (rotation, held) => openEngine(parts, () => reporter.nudge(), rotation, held),
    timers,
    logger,
  });
  const reporter: AppliedReporter = new AppliedReporter({
    enrolment: () => enrolment.current,
    instanceId: parts.instanceId,
    client,
    sign: keys.identity.sign,
    sequences: parts.sequences,
    controllerClock,
    timers,
    logger,
    observe: () => observeApplied(engine, clock),
  });

  const { randomBytes, x25519, aead } = parts;
  const kemKeys = new KemKeys({ randomBytes, x25519, aead });
  const keyRecovery = new KeyRecovery({
    acknowledgedKeyId: () => kemKeys.acknowledgedKeyId(),
    measureNow: () => measuring?.measureNow(),
    refetch: () => follower.refetch(),
  });
  const follower = new ConfigFollower(
    {
      meshId,
      nodeId,
      instanceId: parts.instanceId,
      wgPublicKey: keys.wireguard.a.publicKey,
      wgPublicKeyB: keys.wireguard.b.publicKey,
      overlayNetworks: enrolment.current.network.map(parseAllowedIp),
      configPublicKey: decodeBase64(enrolment.current.config_public_key, { lengthBytes: 32 }),
      ...(parts.verify === undefined ? {} : { verify: parts.verify }),
      waitSeconds: options.waitSeconds,
    },
    { client, kemKeys, clock, timers, controllerClock, random, logger },
    {
      heard: ({ leaseSeconds, config, faults, keys: keysRead }) => {
        parts.leaseFile.save(engine.heard(leaseSeconds, config));
        if (keysRead === 'lost') keyRecovery.cannotOpen();
        else if (keysRead === 'opened') keyRecovery.opened();
        record.controllerHeard(config, faults);
      },
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
        // No lease in that: the answer does not say that the config held is the newest (docs/decisions/0013).
        record.submitted(answer);
        keyRecovery.submitted();
      },
      refused: (_measurement, failure) => {
        record.submissionRefused(failure);
        // The challenge moved on while it was measured: measure for the new one.
        if (failure.code === 'challenge_wrong') measuring?.measureNow();
      },
      postponed: (failure) => record.submissionPostponed(failure),
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
              record.measured(measurement);
              submissions.submit(measurement);
            },
            failed: (failure) => record.measurementFailed(failure),
          },
        );
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

  let engineDone = Promise.resolve();
  let leaving: ReturnType<ControlHandlers['down']> | undefined;
  const control = await parts.serveControl({
    status: () => buildStatus({ parts, engine, prober, record }),
    down: () => {
      leaving ??= leave();
      return leaving;
    },
    ping: async (peerId, count) => {
      const target = overlayTargets(engine.snapshot().config).peers.find((peer) => peer.nodeId === peerId);
      if (target === undefined) {
        throw new AgentError('failed', `${peerId} is not a peer of this node now: see mesh-agent status`);
      }
      const rtts: (number | null)[] = [];
      for (let sent = 0; sent < count; sent++) rtts.push(await prober.probe(target));
      return { node_id: peerId, address: target.address, rtts_ms: rtts };
    },
  });

  async function leave() {
    stop.abort();
    await engineDone;
    const failure = await announceLeave(
      {
        enrolment: enrolment.current,
        instanceId: parts.instanceId,
        client,
        sign: keys.identity.sign,
        sequences: parts.sequences,
        controllerClock,
      },
      AbortSignal.timeout(LEAVE_TIMEOUT_MS),
    ).then(() => null, messageOf);
    const { interfaceName } = engine.tunnel;
    await engine.down();
    journal.record({ type: 'stopped', why: 'down' });
    return { interface: interfaceName, leave_announced: failure === null, leave_failure: failure };
  }

  engineDone = engine.run(ended);
  journal.record({ type: 'started', instanceId: parts.instanceId, version: parts.version });
  logger.info({ node_id: nodeId, mesh_id: meshId, interface: engine.tunnel.interfaceName }, 'agent started');
  if (measuring === undefined) logger.warn('no measurement source is set: this node will not be admitted');
  await Promise.all([
    engineDone,
    follower.run(ended),
    submissions.run(ended),
    reporter.run(ended),
    measuring?.run(ended),
    options.probePort === 0 ? undefined : prober.run(ended),
    reportEndpoint(
      options.endpoint,
      {
        store: enrolment,
        client,
        sign: keys.identity.sign,
        sequences: parts.sequences,
        controllerClock,
        timers,
        random,
        logger,
        reported: () => journal.record({ type: 'endpoint_reported' }),
      },
      ended,
    ),
    renewCertificates(
      {
        store: enrolment,
        identity: keys.identity,
        client,
        controllerClock,
        timers,
        random,
        logger,
        renewed: (renewed, validUntilMs) => {
          channel.replace(renewed);
          const validUntil = new Date(validUntilMs).toISOString();
          journal.record({ type: 'certificate_renewed', validUntil });
          logger.info({ until: validUntil }, 'certificate renewed');
        },
      },
      ended,
    ),
  ]);
  engine.stop();
  const why = leaving === undefined ? 'signal' : 'down';
  await leaving?.catch((error: unknown) =>
    logger.error({ err: error }, 'the interface could not be removed'),
  );
  if (why === 'signal') journal.record({ type: 'stopped', why });
  control.close();
  channel.close();
  kemKeys.dispose();
  logger.info(
    { reason: why },
    why === 'down' ? 'agent stopped; the interface is gone' : 'agent stopped; tunnels stay up',
  );
  return why;
}
