// From when on a lease counts, by whatever renews it: the answers of a controller that come late, or to another request.

import { FakeClock } from '@mesh/host';
import { ed25519PublicKey, parseMeshId, parseNodeId } from '@mesh/primitives';
import { type ConfigAnswer, signMessage } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControllerClock } from '../src/uplink/controller-clock.ts';
import { ConfigFollower } from '../src/uplink/follow-config.ts';
import { configBody, newKemKeys, silent } from './agent-fixtures.ts';
import { MESH_ID } from './fake-controller.ts';

const LEASE_SECONDS = 180;
const SEED = new Uint8Array(32).fill(7);

/** A follower of a controller whose answers the test gives; one that holds `v1` since this instant. */
async function holdingV1() {
  const clock = new FakeClock();
  const heard: number[] = [];
  const renewals: number[] = [];
  let answer: ((body: ConfigAnswer | undefined) => void) | undefined;
  const follower = new ConfigFollower(
    {
      meshId: parseMeshId(MESH_ID),
      nodeId: parseNodeId('self'),
      instanceId: 'instance-1',
      wgPublicKey: '' as never,
      wgPublicKeyB: '' as never,
      overlayNetworks: [],
      configPublicKey: ed25519PublicKey(SEED),
      waitSeconds: 25,
    },
    {
      client: {
        config: (_query, signal) =>
          new Promise((resolve, reject) => {
            answer = (body) => resolve(body && { body, raw: body });
            signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
          }),
      },
      kemKeys: newKemKeys(),
      clock,
      timers: clock,
      controllerClock: new ControllerClock(clock),
      random: () => 0,
      logger: silent,
    },
    {
      heard: ({ leaseSeconds }) => heard.push(leaseSeconds),
      confirmed: (leaseSeconds) => renewals.push(leaseSeconds),
      lost: () => undefined,
    },
  );
  const stop = new AbortController();
  const done = follower.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await clock.advance(1);
    await done;
  });
  const give = async (body?: ReturnType<typeof configBody>) => {
    await clock.advance(0);
    answer?.(body && (signMessage('config', body, SEED) as ConfigAnswer));
    await clock.advance(0);
  };
  await give(configBody('v1', ['a'], { server_time_ms: clock.nowMs() }));
  return { clock, follower, heard, renewals, give };
}

describe('an answer to a query', () => {
  it('that comes within the wait that was asked for renews the whole lease', async () => {
    const { clock, heard, give } = await holdingV1();
    await clock.advance(25_000);
    await give();
    await clock.advance(3_000);
    await give(configBody('v2', ['a'], { server_time_ms: clock.nowMs() }));
    expect(heard).toEqual([LEASE_SECONDS, LEASE_SECONDS, LEASE_SECONDS]);
  });

  it('that was held up longer is as old as it may be, and one that is older than a lease renews nothing', async () => {
    const { clock, heard, give } = await holdingV1();
    await clock.advance(30_000);
    await give();
    await clock.advance(25_000 + 9_000);
    await give(configBody('v2', ['a'], { server_time_ms: clock.nowMs() }));
    expect(heard.slice(1)).toEqual([LEASE_SECONDS - 5, LEASE_SECONDS - 9]);
    // The machine slept: no timer gave the query up.
    clock.suspend(25_000 + LEASE_SECONDS * 1_000 + 60_000);
    await give();
    expect(heard.at(-1)).toBe(-60);
  });
});

describe('an answer that confirms a config version', () => {
  it('renews the lease of who holds it, from when it was asked for', async () => {
    const { clock, follower, renewals } = await holdingV1();
    await clock.advance(5_000);
    follower.confirm('v1', clock.bootMs());
    await clock.advance(2_500);
    follower.confirm('v1', clock.bootMs() - 1_500);
    expect(renewals).toEqual([LEASE_SECONDS, LEASE_SECONDS - 1.5]);
  });

  it('renews nothing for who holds another', async () => {
    const { clock, follower, renewals, give } = await holdingV1();
    await clock.advance(5_000);
    follower.confirm('v2', clock.bootMs());
    follower.confirm('', clock.bootMs());
    await give(configBody('v2', ['a'], { server_time_ms: clock.nowMs() }));
    await clock.advance(1_000);
    follower.confirm('v1', clock.bootMs());
    expect(renewals).toEqual([]);
    follower.confirm('v2', clock.bootMs());
    expect(renewals).toEqual([LEASE_SECONDS]);
  });

  it('that was held up takes nothing from a renewal since, and gives nothing when its lease is over', async () => {
    const { clock, follower, renewals, give } = await holdingV1();
    await clock.advance(1_000);
    const askedAtBootMs = clock.bootMs();
    await clock.advance(4_000);
    await give();
    follower.confirm('v1', askedAtBootMs);
    expect(renewals).toEqual([]);
    const later = clock.bootMs() + 1_000;
    await clock.advance(1_000 + LEASE_SECONDS * 1_000);
    follower.confirm('v1', later);
    expect(renewals).toEqual([0]);
  });

  it('renews nothing while everything is being asked for anew', async () => {
    const { clock, follower, renewals, give } = await holdingV1();
    follower.refetch();
    await clock.advance(1_000);
    follower.confirm('v1', clock.bootMs());
    expect(renewals).toEqual([]);
    await give(configBody('v1', ['a'], { server_time_ms: clock.nowMs() }));
    await clock.advance(1_000);
    follower.confirm('v1', clock.bootMs());
    expect(renewals).toEqual([LEASE_SECONDS]);
  });
});
