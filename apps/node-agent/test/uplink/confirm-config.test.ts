// From when a lease counts when late answers or answers to other requests renew it.

import { describe, expect, it } from 'vitest';
import { configBody } from '../support/agent-fixtures.ts';
import { scriptedFollower } from '../support/scripted-follower.ts';

const LEASE_SECONDS = 180;

/** A follower that holds `v1` since now. */
async function holdingV1() {
  const scripted = scriptedFollower();
  await scripted.give(configBody('v1', ['a'], { server_time_ms: scripted.clock.nowMs() }));
  return scripted;
}

describe('an answer to a query', () => {
  it('that comes within the requested wait renews the whole lease', async () => {
    const { clock, heard, give } = await holdingV1();
    await clock.advance(25_000);
    await give();
    await clock.advance(3_000);
    await give(configBody('v2', ['a'], { server_time_ms: clock.nowMs() }));
    expect(heard).toEqual([LEASE_SECONDS, LEASE_SECONDS, LEASE_SECONDS]);
  });

  it('that was delayed for longer counts from the end of its wait, and one older than a lease renews nothing', async () => {
    const { clock, heard, give } = await holdingV1();
    await clock.advance(30_000);
    await give();
    await clock.advance(25_000 + 9_000);
    await give(configBody('v2', ['a'], { server_time_ms: clock.nowMs() }));
    expect(heard.slice(1)).toEqual([LEASE_SECONDS - 5, LEASE_SECONDS - 9]);
    // The machine slept, so no timer ended the query.
    clock.suspend(25_000 + LEASE_SECONDS * 1_000 + 60_000);
    await give();
    expect(heard.at(-1)).toBe(-60);
  });

  it('is waited for no longer than a third of the rest of the lease, but at least a second', async () => {
    const { clock, queries, give } = await holdingV1();
    await clock.advance(25_000);
    clock.suspend(LEASE_SECONDS * 1_000 - 30_000);
    await give();
    await clock.advance(0);
    // The answer counts from the end of its query's wait, so the time that the machine slept after that is
    // lost.
    expect(queries.at(-1)?.waitSeconds).toBe(10);
    clock.suspend(3_600_000);
    await give();
    await clock.advance(0);
    expect(queries.at(-1)?.waitSeconds).toBe(1);
    await give();
    await clock.advance(0);
    expect(queries.at(-1)?.waitSeconds).toBe(25);
  });
});

describe('an answer that confirms a config version', () => {
  it('renews the lease of a node that holds it, from when the request was sent', async () => {
    const { clock, follower, confirmed } = await holdingV1();
    await clock.advance(5_000);
    follower.confirm('v1', clock.bootMs());
    await clock.advance(2_500);
    follower.confirm('v1', clock.bootMs() - 1_500);
    expect(confirmed).toEqual([LEASE_SECONDS, LEASE_SECONDS - 1.5]);
  });

  it('renews nothing for a node that holds another version', async () => {
    const { clock, follower, confirmed, give } = await holdingV1();
    await clock.advance(5_000);
    follower.confirm('v2', clock.bootMs());
    follower.confirm('', clock.bootMs());
    await give(configBody('v2', ['a'], { server_time_ms: clock.nowMs() }));
    await clock.advance(1_000);
    follower.confirm('v1', clock.bootMs());
    expect(confirmed).toEqual([]);
    follower.confirm('v2', clock.bootMs());
    expect(confirmed).toEqual([LEASE_SECONDS]);
  });

  it('that was delayed does not shorten a later renewal, and renews nothing when its lease is over', async () => {
    const { clock, follower, confirmed, give } = await holdingV1();
    await clock.advance(1_000);
    const askedAtBootMs = clock.bootMs();
    await clock.advance(4_000);
    await give();
    follower.confirm('v1', askedAtBootMs);
    expect(confirmed).toEqual([]);
    const later = clock.bootMs() + 1_000;
    await clock.advance(1_000 + LEASE_SECONDS * 1_000);
    follower.confirm('v1', later);
    expect(confirmed).toEqual([0]);
  });

  it('renews nothing while the whole config is requested again', async () => {
    const { clock, follower, confirmed, give } = await holdingV1();
    follower.refetch();
    await clock.advance(1_000);
    follower.confirm('v1', clock.bootMs());
    expect(confirmed).toEqual([]);
    await give(configBody('v1', ['a'], { server_time_ms: clock.nowMs() }));
    await clock.advance(1_000);
    follower.confirm('v1', clock.bootMs());
    expect(confirmed).toEqual([LEASE_SECONDS]);
  });
});
