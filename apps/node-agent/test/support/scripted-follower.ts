// A config follower on a fake clock. The test gives the controller's answers.

import { FakeClock } from '@mesh/host/test-kit';
import { ed25519PublicKey, encodeBase64, parseMeshId, parseNodeId } from '@mesh/primitives';
import { type ConfigOrNotice, type NodeClient, signMessage } from '@mesh/protocol';
import { onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import type { LogWatch } from '../../src/log/log-watch.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import { ConfigFollower, type FollowFailure } from '../../src/uplink/config/follow-config.ts';
import type { Received } from '../../src/uplink/config/read-answer.ts';
import { newKemKeys, silent } from './agent-fixtures.ts';
import { MESH_ID } from './fake-controller.ts';
import { SELF, SELF_B } from './plan-fixtures.ts';
import { trusting } from './trusting.ts';
import { unwatchedLog } from './watched-log.ts';

const SEED = new Uint8Array(32).fill(7);

/**
 * Follows until the test is over. `heard` and `confirmed` hold the seconds of each renewal, `configs` what
 * was held after each answer.
 */
export function scriptedFollower(log: LogWatch = unwatchedLog()) {
  const clock = new FakeClock();
  const queries: Parameters<NodeClient['configOrNotice']>[0][] = [];
  const heard: number[] = [];
  const configs: (HeldConfig | undefined)[] = [];
  const confirmed: number[] = [];
  const told: Received[] = [];
  const failures: FollowFailure[] = [];
  let answer: ((body: ConfigOrNotice | undefined) => void) | undefined;
  const ask: NodeClient['configOrNotice'] = (query, signal) =>
    new Promise((resolve, reject) => {
      queries.push(query);
      answer = (body) => resolve(body && { body, raw: body });
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  const follower = new ConfigFollower(
    {
      meshId: parseMeshId(MESH_ID),
      nodeId: parseNodeId('self'),
      instanceId: 'instance-1',
      wgPublicKey: SELF,
      wgPublicKeyB: SELF_B,
      overlayNetworks: [],
      trust: trusting(encodeBase64(ed25519PublicKey(SEED))).trust,
      waitSeconds: 25,
    },
    {
      client: {
        configOrNotice: ask,
        followConfig: async (query, onAnswer, signal) => {
          const given = await ask(query, signal);
          if (given !== undefined) onAnswer(given);
          return given === undefined ? 0 : 1;
        },
      },
      heldVersion: { current: undefined },
      kemKeys: newKemKeys(),
      log,
      told: { note: (received) => told.push(received) },
      clock,
      timers: clock,
      controllerClock: new ControllerClock(clock),
      random: () => 0,
      logger: silent,
    },
    {
      heard: ({ leaseSeconds, config }) => {
        heard.push(leaseSeconds);
        configs.push(config);
      },
      restricted: (config) => configs.push(config),
      confirmed: (leaseSeconds) => confirmed.push(leaseSeconds),
      lost: (failure) => failures.push(failure),
    },
  );
  const stop = new AbortController();
  const done = follower.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await clock.advance(1);
    await done;
  });
  /** Answers the current query; without a body with 304. */
  const give = async (body?: object, kind: 'config' | 'removal_notice' = 'config') => {
    await clock.advance(0);
    answer?.(body && (signMessage(kind, body, SEED) as ConfigOrNotice));
    await clock.advance(0);
  };
  return { told, clock, follower, queries, heard, configs, confirmed, failures, give };
}
