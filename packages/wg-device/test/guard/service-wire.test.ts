// What the guard lets pass of a peer that may use one service alone: real tunnels, the real kernel, TCP.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePsk } from '../../src/contract/samples.ts';
import type { NftGuard } from '../../src/guard/nft-guard.ts';
import { parseOnlyService } from '../../src/guard/only-service.ts';
import {
  answers,
  connect,
  createSide,
  lease,
  openWireGuard,
  peer,
  type Side,
  untilAnswers,
} from '../support/guarded-sides.ts';
import { joinHosts, type LabHost } from '../support/lab-host.ts';
import { greets, serveTcp } from '../support/tcp-service.ts';

const SERVICE = 8_080;
const OTHER = 8_081;
/** Nothing listens there. */
const UNUSED = 8_082;
const of = (end: 'self' | 'peer') => ({ service: parseOnlyService({ port: SERVICE, of: end }) });

describe('an examiner and the host that it examines', () => {
  const hosts: LabHost[] = [];
  const guards: NftGuard[] = [];
  let examiner: Side;
  let examined: Side;
  beforeEach(async () => {
    examiner = await createSide(hosts, 1);
    examined = await createSide(hosts, 2);
    await joinHosts(examiner.host, examined.host);
    const psk = makePsk();
    await connect(examiner, examined, psk);
    await connect(examined, examiner, psk);
    await Promise.all([
      serveTcp(examined.host, '::', SERVICE),
      serveTcp(examined.host, '::', OTHER),
      serveTcp(examiner.host, '::', SERVICE),
      serveTcp(examiner.host, '::', OTHER),
    ]);
    expect(await untilAnswers(examiner, examined)).toBe(true);
  });
  afterEach(async () => {
    for (const guard of guards.splice(0)) guard.stop();
    for (const host of hosts.splice(0)) await host.close();
  });

  async function guardOf(side: Side, wanted: Parameters<NftGuard['apply']>[0]['peers']): Promise<NftGuard> {
    const guard = openWireGuard(side);
    guards.push(guard);
    await guard.apply({ peers: wanted, endsAtBootMs: lease(600_000) });
    return guard;
  }

  it.each([
    ['the examiner', () => guardOf(examiner, [{ ...peer(examined), ...of('peer') }])],
    ['the examined host', () => guardOf(examined, [{ ...peer(examiner), ...of('self') }])],
  ])('exchange nothing but what the examiner asks the service, if only %s is guarded', async (_, guarded) => {
    const guard = await guarded();
    expect(guard.state()).toMatchObject({ kind: 'applied' });
    expect(
      await Promise.all([
        greets(examiner.host, '10.44.0.2', SERVICE),
        greets(examiner.host, 'fd44::2', SERVICE),
      ]),
    ).toEqual([true, true]);
    expect(
      await Promise.all([
        greets(examiner.host, '10.44.0.2', OTHER),
        greets(examiner.host, 'fd44::2', OTHER),
        greets(examined.host, '10.44.0.1', SERVICE),
        greets(examined.host, '10.44.0.1', OTHER),
        answers(examiner, examined),
        answers(examined, examiner),
        answers(examined, examiner, 6),
      ]),
    ).toEqual(Array.from({ length: 7 }, () => false));
  });

  it('begin no connection from the port of the service: nothing but its flags tells a segment from an answer', async () => {
    const begin = () =>
      Promise.all([
        greets(examined.host, '10.44.0.1', OTHER, UNUSED),
        greets(examined.host, 'fd44::1', OTHER, UNUSED),
      ]);
    expect(await begin()).toEqual([true, true]);
    const service = parseOnlyService({ port: UNUSED, of: 'peer' });
    await guardOf(examiner, [{ ...peer(examined), service }]);
    expect(await begin()).toEqual([false, false]);
  });

  it('are kept to the service, and are free again, by changes of the same table', async () => {
    const guard = await guardOf(examiner, [peer(examined)]);
    const kept = { ...peer(examined), ...of('peer') };
    const freely = () => greets(examiner.host, '10.44.0.2', OTHER);
    expect([guard.restrictions().holdFor(kept), await freely()]).toEqual([false, true]);
    await guard.apply({ peers: [kept], endsAtBootMs: lease(600_000) });
    const restrictions = guard.restrictions();
    expect([restrictions.holdFor(kept), await freely()]).toEqual([true, false]);
    expect(restrictions.holdFor({ ...kept, service: parseOnlyService({ port: OTHER, of: 'peer' }) })).toBe(
      false,
    );
    expect(restrictions.holdFor({ ...kept, service: parseOnlyService({ port: SERVICE, of: 'self' }) })).toBe(
      false,
    );
    expect(guard.restrictions()).toBe(restrictions);
    await guard.apply({ peers: [peer(examined)], endsAtBootMs: lease(600_000) });
    expect([guard.restrictions().holdFor(kept), await freely()]).toEqual([false, true]);
  });
});
