import { type Cidr, parseEndpoint } from '@mesh/wg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredPeers } from '../../src/plan/desired-peers.ts';
import { KEEPALIVE_SECONDS, type Plan, reconcile } from '../../src/plan/reconcile.ts';
import { foundPeer, heldConfig, heldPeer, keySet, pskOf, publicKeyOf } from '../support/plan-fixtures.ts';

const NOW = 5_000_000;
const NO_MEMORY = { endpoints: new Map() };

const isSettled = ({ remove, setPsks, update, add }: Plan): boolean =>
  remove.length + setPsks.length + update.length + add.length === 0;

const wanted = (names: readonly string[], keyed: readonly string[] = names) =>
  desiredPeers({
    config: heldConfig(names, [keySet(4, keyed)]),
    leaseHolds: true,
    controllerNowMs: NOW,
  });

describe('desired peers', () => {
  const config = heldConfig(['a', 'b'], [keySet(4, ['a', 'b'])]);

  it('are those of the config while the lease holds', () => {
    const desired = desiredPeers({ config, leaseHolds: true, controllerNowMs: NOW });
    expect(desired.kind === 'peers' ? [...desired.peers.keys()] : desired).toEqual(
      ['a', 'b'].map(publicKeyOf),
    );
  });

  it.each([
    ['the lease has ended', { config, leaseHolds: false }, { kind: 'closed', why: 'lease_ended' }],
    [
      'no config came and the lease has ended',
      { config: undefined, leaseHolds: false },
      { kind: 'closed', why: 'lease_ended' },
    ],
    [
      'no config came and an earlier lease holds',
      { config: undefined, leaseHolds: true },
      { kind: 'unknown' },
    ],
    [
      'the node is denied',
      { config: { ...config, allowed: false }, leaseHolds: true },
      { kind: 'closed', why: 'denied' },
    ],
  ])('when %s', (_when, input, expected) => {
    expect(desiredPeers({ ...input, controllerNowMs: NOW })).toEqual(expected);
  });
});

describe('reconciling', () => {
  it('plans nothing if everything is as it should be', () => {
    const plan = reconcile(wanted(['a', 'b']), [foundPeer('a', 1), foundPeer('b', 2)], NO_MEMORY);
    expect(isSettled(plan)).toBe(true);
  });

  it('removes a peer that the config no longer names, and one that no config ever named', () => {
    const found = [foundPeer('a', 1), foundPeer('b', 2), foundPeer('x', 24)];
    const plan = reconcile(wanted(['a']), found, NO_MEMORY);
    expect(plan.remove).toEqual([publicKeyOf('b'), publicKeyOf('x')]);
  });

  it.each(['denied', 'lease_ended'] as const)('removes every peer when closed (%s)', (why) => {
    const plan = reconcile({ kind: 'closed', why }, [foundPeer('a', 1), foundPeer('b', 2)], NO_MEMORY);
    expect(plan).toMatchObject({
      remove: [publicKeyOf('a'), publicKeyOf('b')],
      add: [],
      setPsks: [],
      update: [],
    });
  });

  it('changes nothing before the first config of a run whose lease holds', () => {
    expect(isSettled(reconcile({ kind: 'unknown' }, [foundPeer('x', 9)], NO_MEMORY))).toBe(true);
  });

  it('sets the key of a peer that has another key or no key', () => {
    for (const presharedKeyDigest of [undefined, 'sha256:other']) {
      const { presharedKeyDigest: _digest, ...bare } = foundPeer('a', 1);
      const found = presharedKeyDigest === undefined ? bare : { ...bare, presharedKeyDigest };
      const plan = reconcile(wanted(['a']), [found], NO_MEMORY);
      expect(plan.setPsks).toEqual([{ publicKey: publicKeyOf('a'), presharedKey: pskOf(4, 'a') }]);
      expect(plan.add).toEqual([]);
    }
  });

  it('without a key, keeps the key of a present peer, and lets an absent peer wait', () => {
    const plan = reconcile(wanted(['a', 'b'], []), [foundPeer('a', 1)], NO_MEMORY);
    expect(isSettled(plan)).toBe(true);
  });

  it('does not change an endpoint that WireGuard learnt', () => {
    const roamed = foundPeer('a', 1, { endpoint: parseEndpoint('203.0.113.77:40000') });
    for (const endpoints of [new Map(), new Map([[publicKeyOf('a'), parseEndpoint('192.0.2.1:51820')]])]) {
      expect(isSettled(reconcile(wanted(['a']), [roamed], { ...NO_MEMORY, endpoints }))).toBe(true);
    }
  });

  it('sets an endpoint if there is none, or if the config’s endpoint has changed', () => {
    const configured = parseEndpoint('192.0.2.1:51820');
    const { endpoint: _none, ...silent } = foundPeer('a', 1);
    const moved = {
      ...NO_MEMORY,
      endpoints: new Map([[publicKeyOf('a'), parseEndpoint('192.0.2.99:51820')]]),
    };
    for (const [found, memory] of [
      [silent, NO_MEMORY],
      [foundPeer('a', 1), moved],
    ] as const) {
      const plan = reconcile(wanted(['a']), [found], memory);
      expect(plan.update).toEqual([{ publicKey: publicKeyOf('a'), endpoint: configured }]);
    }
  });

  it('corrects altered allowed IPs and keepalives', () => {
    const { persistentKeepaliveSeconds: _off, ...altered } = foundPeer('a', 1, { allowedIps: [] as Cidr[] });
    const plan = reconcile(wanted(['a']), [altered], NO_MEMORY);
    expect(plan.update).toEqual([{ publicKey: publicKeyOf('a'), allowedIps: heldPeer('a').allowedIps }]);
    expect(plan.add.map((peer) => peer.persistentKeepaliveSeconds)).toEqual([KEEPALIVE_SECONDS]);
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const subset = fc.subarray(NAMES);

describe('for any config and any interface', () => {
  const cases = fc.record({
    inConfig: subset,
    keyed: subset,
    onInterface: fc.shuffledSubarray(NAMES),
    rotated: subset,
  });
  const planOf = ({
    inConfig,
    keyed,
    onInterface,
    rotated,
  }: {
    inConfig: string[];
    keyed: string[];
    onInterface: string[];
    rotated: string[];
  }) => {
    const found = onInterface.map((name) =>
      foundPeer(
        name,
        NAMES.indexOf(name) + 1,
        rotated.includes(name) ? { presharedKeyDigest: 'sha256:older' } : {},
      ),
    );
    return { found, plan: reconcile(wanted(inConfig, keyed), found, NO_MEMORY) };
  };

  it('exactly the peers outside the config are removed', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { plan } = planOf(input);
        const expected = input.onInterface.filter((name) => !input.inConfig.includes(name)).map(publicKeyOf);
        expect([...plan.remove].sort()).toEqual(expected.sort());
      }),
    );
  });

  it('no peer outside the config is added, and keys are set in place only on present peers', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { plan } = planOf(input);
        const member = new Set(input.inConfig.map(publicKeyOf));
        const there = new Set(input.onInterface.map(publicKeyOf));
        for (const { publicKey } of [...plan.add, ...plan.setPsks, ...plan.update])
          expect(member).toContain(publicKey);
        for (const { publicKey } of plan.setPsks) expect(there).toContain(publicKey);
        for (const { publicKey } of plan.add) expect(plan.remove).not.toContain(publicKey);
      }),
    );
  });

  it('each peer gets at most one key, and every added peer has one', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { plan } = planOf(input);
        const named = plan.setPsks.map((change) => change.publicKey);
        expect(new Set(named).size).toBe(named.length);
        const added = plan.add.map((peer) => peer.publicKey);
        expect(new Set(added).size).toBe(added.length);
        expect(plan.add.every((peer) => peer.presharedKey.length === 44)).toBe(true);
      }),
    );
  });

  it('the order of the peers on the interface changes only the order of the plan', () => {
    fc.assert(
      fc.property(cases, (input) => {
        const { found, plan } = planOf(input);
        const other = reconcile(
          wanted([...input.inConfig].reverse(), input.keyed),
          [...found].reverse(),
          NO_MEMORY,
        );
        const sorted = (keys: readonly { publicKey: string }[]) => keys.map((peer) => peer.publicKey).sort();
        expect([...other.remove].sort()).toEqual([...plan.remove].sort());
        expect(sorted(other.add)).toEqual(sorted(plan.add));
        expect(sorted(other.setPsks)).toEqual(sorted(plan.setPsks));
      }),
    );
  });
});
