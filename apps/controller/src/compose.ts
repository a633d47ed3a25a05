// Builds a running controller from its configuration: the only place where real clocks, files, sockets and random
// numbers are taken, so that everything else can be given others.

import { randomBytes } from 'node:crypto';
import {
  type Clock,
  closeAll,
  LogField,
  type Logger,
  systemClock,
  systemTimers,
  type Timers,
} from '@mesh/host';
import type { EpochRecord, NodeRecord } from '@mesh/membership';
import {
  AppliedReports,
  endpointOf,
  epochTiming,
  expiryOf,
  InstanceConflicts,
  MembershipIndex,
  PairLimits,
  Peering,
  standingOf,
} from '@mesh/membership';
import { encodeBase64Url } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { type ControllerConfig, limitPolicyOf, policyOf } from './config.ts';
import { Challenges } from './epochs/challenges.ts';
import { EpochRunner } from './epochs/epoch-runner.ts';
import { PrepareAhead } from './epochs/prepare-ahead.ts';
import { PskDeriver } from './epochs/psk-deriver.ts';
import { StalenessWatch } from './epochs/staleness-watch.ts';
import { createAdminApp } from './http/admin-app.ts';
import { controllerUrl } from './http/controller-url.ts';
import { createAddressRateLimit } from './http/limits.ts';
import { openSocketListener } from './http/listeners.ts';
import { openNodesDoor, openPublicDoor } from './http/open-doors.ts';
import { StartGate } from './http/start-gate.ts';
import { Judge } from './judge.ts';
import { openStored } from './open-stored.ts';
import { ConfigAnswers } from './publish/config-answer.ts';
import { Leases } from './publish/leases.ts';
import { MaintenanceWatch } from './publish/maintenance-watch.ts';
import { Presence } from './publish/presence.ts';
import { Publication } from './publish/publication.ts';
import { StatusFileWriter } from './publish/status-file.ts';
import { Waiters } from './publish/waiters.ts';
import type { Services } from './services.ts';
import { pathsOf } from './settings/paths.ts';
import { openServedDatabase } from './store/open-store.ts';
import { AddressPool, parseOverlayNetwork } from './trust/address-pool.ts';
import { EnrolmentChallenges } from './trust/enrolment-challenges.ts';
import { SignatureVerifier } from './trust/verify-signature.ts';
import { VERSION } from './version.ts';

export interface RunningController {
  readonly services: Services;
  readonly nodesPort: number;
  readonly publicPort: number;
  readonly socketPath: string;
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly config: ControllerConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** The program of the PSK worker, where it is not the usual one. */
  readonly pskWorker?: URL;
  /** Where the database comes from; closed at the end. */
  readonly openDatabase?: (config: ControllerConfig) => Database;
  /** Called when the controller cannot go on; the process is expected to end and be started again. */
  readonly onFatal: (error: Error) => void;
}

/**
 * Starts a controller. Resolves when its listeners are open and its first epoch is published, or, while the database
 * takes no writes, put off: what denies is served until then.
 */
export async function startController(options: ComposeOptions): Promise<RunningController> {
  // What has been opened, to be closed in the opposite order: at the end, or when the start fails half-way.
  const opened: (() => void | Promise<void>)[] = [];
  const close = () => closeAll(opened);
  try {
    return await composeController(options, opened, close);
  } catch (error) {
    // What went wrong first says what to do.
    await close().catch(() => undefined);
    throw error;
  }
}

async function composeController(
  options: ComposeOptions,
  opened: (() => void | Promise<void>)[],
  close: () => Promise<void>,
): Promise<RunningController> {
  const { config, logger, onFatal } = options;
  const clock = options.clock ?? systemClock;
  const timers = options.timers ?? systemTimers;
  const paths = pathsOf(config);
  const policyNow = policyOf(config);
  const policy = () => policyNow;
  const timing = epochTiming(config.epoch_seconds * 1000, config.rotation);
  const { meshId, keys, state, journal, waiver, ...stored } = await openStored(
    { config, clock, policy, openDatabase: options.openDatabase ?? openServedDatabase, randomBytes, onFatal },
    opened,
  );
  const members = new MembershipIndex(new Peering(config.peer_groups));
  const waiters = new Waiters();
  const pairLimits = new PairLimits(limitPolicyOf(config), (node) => members.isDeclining(node));
  const networks = config.networks.map(parseOverlayNetwork);
  const overlayNetworks = networks.map(({ cidr }) => cidr);
  const publication = new Publication({
    endpointOf: (node) => endpointOf(node, overlayNetworks),
    view: state,
    members,
    waiters,
    pairLimits,
    counterStart: journal.head().size,
  });
  const judge = new Judge({
    view: state,
    journal,
    publication,
    unconfirmedCuts: () => members.unconfirmedCuts(),
    unconfirmedDeclines: () => members.unconfirmedDeclines(),
    timers,
    logger,
  });
  const standing = (node: NodeRecord) =>
    standingOf(
      node,
      { cut: members.cutReason(node.nodeId), decline: members.declineReason(node.nodeId) },
      journal.context(),
    );
  const expiry = (epoch: EpochRecord) => expiryOf(epoch.activateAtMs, timing);
  const deriver = new PskDeriver(onFatal, options.pskWorker);
  opened.push(() => deriver.close());
  const challenges = new Challenges(() => encodeBase64Url(randomBytes(18)));
  const maintenance = new MaintenanceWatch({
    view: state,
    clock,
    timers,
    onLeaseChange: () => publication.leaseChanged(),
  });
  opened.push(() => maintenance.close());
  const leases = new Leases({
    leaseSeconds: config.lease_seconds,
    extraMs: () => maintenance.extraMs(),
    isStorageFailing: () => journal.failing,
    clock,
  });
  const answers = new ConfigAnswers({
    meshId,
    view: state,
    members,
    publication,
    deriver,
    sign: keys.signConfig,
    nowMs: () => clock.nowMs(),
    pairLimits,
    standing,
    logHead: () => journal.head(),
    leaseSeconds: (nodeId) => leases.renew(nodeId),
    challenge: () => challenges.current(),
    mtu: config.mtu,
    rotation: config.rotation,
    leadMs: timing.leadMs,
    overlayNetworks,
    prefixLength: {
      v4: networks.find((network) => network.family === 4)?.prefixLength,
      v6: networks.find((network) => network.family === 6)?.prefixLength,
    },
    insecureUnsealedKeys: config.insecure_unsealed_keys,
    insecurePocCompat: config.insecure_poc_compat,
  });
  const ahead = new PrepareAhead({
    view: state,
    isCut: (nodeId) => members.cutReason(nodeId) !== undefined,
    deriver,
    logger,
  });
  const epochs = new EpochRunner({
    meshId,
    timing,
    view: state,
    judge,
    deriver,
    clock,
    timers,
    logger,
    onInForce: (epochId) => {
      publication.cameIntoForce(epochId);
      status.touch();
    },
    onFreezeNear: () => ahead.begin(),
    recordStart: () =>
      judge.run(() => ({ kind: 'done', events: [{ type: 'controller_started', version: VERSION }] })),
  });
  const watch = new StalenessWatch({ view: state, policy, judge, waiver, clock, timers, logger });
  const status = new StatusFileWriter({
    path: paths.status,
    view: state,
    expiryOf: expiry,
    standing,
    limitOf: (node) => pairLimits.of(node, publication.version().epochId)[0]?.bitsPerSecond,
    clock,
    timers,
    logger,
  });
  opened.push(() => status.close());
  opened.push(() => journal.close());
  opened.push(() => {
    epochs.close();
    watch.close();
    judge.close();
  });
  journal.onCommit((events) => {
    if (events.some((event) => event.type === 'epoch_opened')) challenges.renew();
    for (const nodeId of leases.takeShortened()) publication.refresh(nodeId);
    watch.onCommit(events);
    ahead.onCommit(events);
    maintenance.onCommit(events);
    status.touch();
  });
  let nodesUrl = '';
  const services: Services = {
    meshId,
    config,
    policy,
    view: state,
    judge,
    journal,
    publication,
    answers,
    waiters,
    leases,
    maintenance,
    nodesUrl: () => nodesUrl,
    presence: new Presence(),
    applied: new AppliedReports(),
    instances: new InstanceConflicts(),
    standing,
    pairLimits,
    expiryOf: expiry,
    epochs,
    challenges,
    keys,
    enrolments: new EnrolmentChallenges(randomBytes),
    addresses: new AddressPool(networks, (address) => state.isAddressTaken(address)),
    signatures: new SignatureVerifier(),
    addressRateLimit: createAddressRateLimit(config.limits.address_per_minute),
    readLog: stored.readLog,
    clock,
    timers,
    logger,
    randomBytes,
  };

  // Before anything is written: a start that fails at a port, or at another controller's socket, leaves no trace.
  const gate = new StartGate();
  const nodes = await openNodesDoor(services, gate);
  opened.push(() => nodes.close());
  nodesUrl = config.nodes_url ?? controllerUrl(config.public_names[0], nodes.port);
  const publicDoor = await openPublicDoor(services, gate);
  opened.push(() => publicDoor.close());
  const adminApp = gate.behind(createAdminApp(services).fetch as never);
  const socket = await openSocketListener(adminApp, paths.socket, timers);
  opened.push(() => socket.close());
  await epochs.start();
  watch.start();
  gate.open();
  // First of all at the end: whoever waits gets an answer before its connection goes.
  opened.push(() => waiters.close());
  logger.info(
    { [LogField.nodesPort]: nodes.port, [LogField.publicPort]: publicDoor.port, [LogField.meshId]: meshId },
    'controller is up',
  );
  return {
    services,
    nodesPort: nodes.port,
    publicPort: publicDoor.port,
    socketPath: paths.socket,
    close,
  };
}
