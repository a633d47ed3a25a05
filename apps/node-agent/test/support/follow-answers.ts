// A config follower that talks to the fake controller over its own connection.

import { systemClock } from '@mesh/host';
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import { onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import type { LogWatch } from '../../src/log/log-watch.ts';
import { ConfigFollower, type FollowFailure } from '../../src/uplink/config/follow-config.ts';
import type { HeardAnswer } from '../../src/uplink/config/hold-config.ts';
import { hastyTimers, type Member, newKemKeys, silent } from './agent-fixtures.ts';
import type { Answer } from './fake-answers.ts';
import { type FakeController, MESH_ID, type NodeRequest } from './fake-controller.ts';
import { trusting } from './trusting.ts';
import { unwatchedLog } from './watched-log.ts';

export type FollowedController = FakeController;

/** Follows until the test is over. */
export function follow(
  controller: FakeController,
  member: Member,
  kemKeys = newKemKeys(),
  log: LogWatch = unwatchedLog(),
) {
  const heard: HeardAnswer[] = [];
  const failures: FollowFailure[] = [];
  const controllerClock = new ControllerClock(systemClock);
  const follower = new ConfigFollower(
    {
      meshId: parseMeshId(MESH_ID),
      nodeId: parseNodeId('self'),
      instanceId: 'instance-1',
      wgPublicKey: member.keys.wireguard.a.publicKey,
      wgPublicKeyB: member.keys.wireguard.b.publicKey,
      overlayNetworks: [],
      trust: trusting(controller.configPublicKey).trust,
      waitSeconds: 25,
    },
    {
      client: member.channel.client,
      heldVersion: { current: undefined },
      kemKeys,
      log,
      told: { note: () => undefined },
      clock: systemClock,
      timers: hastyTimers,
      controllerClock,
      random: () => 0.5,
      logger: silent,
    },
    {
      heard: (answer) => heard.push(answer),
      confirmed: () => undefined,
      restricted: () => undefined,
      lost: (failure) => failures.push(failure),
    },
  );
  const stop = new AbortController();
  const done = follower.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  return { heard, failures, controllerClock, follower, stop, done };
}

/** Gives these answers one after the other. After that every query waits until the client is gone. */
export function script(
  controller: FakeController,
  answers: readonly ((request: NodeRequest) => Answer)[],
): void {
  const left = [...answers];
  controller.onNodeRequest = async (request) => {
    const next = left.shift();
    if (next !== undefined) return next(request);
    await new Promise<void>((resolve) =>
      request.gone.addEventListener('abort', () => resolve(), { once: true }),
    );
    return { status: 304 };
  };
}

/** Follows a controller that gives these bodies one after the other. */
export function followAnswers(controller: FakeController, member: Member, bodies: readonly (() => object)[]) {
  script(
    controller,
    bodies.map((make) => () => ({ status: 200, body: make() })),
  );
  return follow(controller, member);
}

/**
 * The leases as the answers state them, each a multiple of 90 s. What is heard is shorter by the time that an
 * answer took, which a busy machine makes long.
 */
export const statedLeases = (heard: readonly { leaseSeconds: number }[]): number[] =>
  heard.map(({ leaseSeconds }) => Math.ceil(leaseSeconds / 90) * 90);
