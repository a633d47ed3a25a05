// A config follower on a fake clock. The test gives the controller's answers.

import { FakeClock } from '@mesh/host/test-kit';
import { ed25519PublicKey, encodeBase64, parseMeshId, parseNodeId } from '@mesh/primitives';
import { type ConfigAnswer, type NodeClient, signMessage } from '@mesh/protocol';
import { onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import { ConfigFollower, type FollowFailure } from '../../src/uplink/config/follow-config.ts';
import { type configBody, newKemKeys, silent } from './agent-fixtures.ts';
import { MESH_ID } from './fake-controller.ts';
import { trusting } from './trusting.ts';

const SEED = new Uint8Array(32).fill(7);

/** Follows until the test is over. `heard` and `confirmed` hold the seconds of each renewal. */
export function scriptedFollower() {
  const clock = new FakeClock();
  const queries: Parameters<NodeClient['configOrNotice']>[0][] = [];
  const heard: number[] = [];
  const confirmed: number[] = [];
  const failures: FollowFailure[] = [];
  let answer: ((body: ConfigAnswer | undefined) => void) | undefined;
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
      wgPublicKey: '' as never,
      wgPublicKeyB: '' as never,
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
      clock,
      timers: clock,
      controllerClock: new ControllerClock(clock),
      random: () => 0,
      logger: silent,
    },
    {
      heard: ({ leaseSeconds }) => heard.push(leaseSeconds),
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
  const give = async (body?: ReturnType<typeof configBody>) => {
    await clock.advance(0);
    answer?.(body && (signMessage('config', body, SEED) as ConfigAnswer));
    await clock.advance(0);
  };
  return { clock, follower, queries, heard, confirmed, failures, give };
}
