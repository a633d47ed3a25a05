// Pair PSKs per second: @mesh/psk in portable JavaScript, compared with the possible ways to use the
// platform's HMAC, and with OpenSSL itself.

import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import {
  compareBytes,
  concatBytes,
  lengthPrefixed,
  parseEpochId,
  parseMeshId,
  parseNodeId,
} from '@mesh/primitives';
import { deriveEpochKey, derivePairPsks, EpochSecret, type PairEnd, type PskHash } from '@mesh/psk';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { type Contender, interleave } from '../interleave.ts';
import type { Findings, Measurement } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { opensslHmacsPerSecond } from './openssl-speed.ts';

const PEERS = 999;
const NODE_HMAC = 'node:crypto createHmac, a pair at a time';
const OPENSSL = 'openssl speed -hmac sha256 (keyed once)';

export const pskBenchmark: Benchmark = {
  name: 'psk',
  summary: 'pair PSKs per second against node:crypto and openssl',
  rounds: 9,
  run,
};

async function run({ rounds, quick, progress, say }: BenchmarkRun): Promise<Findings> {
  const turnMs = quick ? 50 : 600;
  const fixture = makeFixture();
  checkAgreement(fixture);
  const contenders: Contender<number>[] = [
    { name: NODE_HMAC, run: () => perCpuSecond(turnMs, () => hmacEach(fixture)) },
    {
      name: '@mesh/psk derivePairPsks (portable)',
      run: () => perCpuSecond(turnMs, () => derivePairPsks(fixture.portable, fixture.self, fixture.peers)),
    },
    {
      name: "@mesh/psk derivePairPsks over node:crypto's HMAC",
      run: () => perCpuSecond(turnMs, () => derivePairPsks(fixture.native, fixture.self, fixture.peers)),
    },
    {
      name: 'node:crypto hkdfSync, a pair at a time',
      run: () => perCpuSecond(turnMs, () => hkdfEach(fixture)),
    },
  ];
  const seconds = 1;
  const openssl = await opensslHmacsPerSecond(fixture.messageLengthBytes, seconds);
  if (openssl === undefined) say('  no usable openssl here: its row is left out');
  else {
    contenders.push({
      name: OPENSSL,
      run: async () => (await opensslHmacsPerSecond(fixture.messageLengthBytes, seconds)) ?? Number.NaN,
    });
  }
  const results = await interleave(contenders, rounds, progress, { warmUp: !quick });
  const baseline = results.get(NODE_HMAC) ?? [];
  const rows = [...results].map(
    ([name, values]): Measurement => ({
      name,
      unit: 'PSKs/s',
      better: 'more',
      ...summarise(values),
      ...(name === NODE_HMAC ? {} : { ratio: pairedRatio(values, baseline) }),
    }),
  );
  return {
    tables: [{ title: `Pair PSKs of one node with ${PEERS} peers, one thread`, baseline: NODE_HMAC, rows }],
    notes: [
      'Rates are per second of CPU time, as openssl speed counts by default: another process on the machine slows all alike.',
      `Every contender makes the same ${PEERS} keys (checked before the run) but openssl: it runs HMAC over one ${fixture.messageLengthBytes}-byte message again and again, without building messages or keeping results, so its figure is a ceiling.`,
      'hkdfSync does Extract and Expand for each pair and so keys HMAC twice; it is here because it is the obvious call.',
    ],
  };
}

interface Fixture {
  readonly portable: ReturnType<typeof deriveEpochKey>;
  readonly native: ReturnType<typeof deriveEpochKey>;
  readonly self: PairEnd;
  readonly peers: readonly PairEnd[];
  /** The key of the HMAC state, for contenders without an epoch key. */
  readonly epochPrk: KeyObject;
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly messageLengthBytes: number;
}

/** The adapter from the README of @mesh/psk. */
const nodeHash: PskHash = {
  sha256: (message) => createHash('sha256').update(message).digest(),
  keyHmac: (key) => {
    const secret = createSecretKey(key);
    return {
      tagInto: (message, into) => into.set(createHmac('sha256', secret).update(message).digest()),
      destroy: () => undefined,
    };
  },
};

function makeFixture(): Fixture {
  const meshId = parseMeshId('bench');
  const epochId = parseEpochId(1);
  const secret = new Uint8Array(32).fill(7);
  const salt = concatBytes(
    lengthPrefixed('mesh/psk/v1'),
    lengthPrefixed(meshId),
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, epochId),
  );
  const ends = Array.from({ length: PEERS + 1 }, (_, at): PairEnd => {
    const nodeId = parseNodeId(`node-${String(at).padStart(4, '0')}`);
    return { nodeId, publicKey: new Uint8Array(createHash('sha256').update(nodeId).digest()) };
  });
  const [self, ...peers] = ends as [PairEnd, ...PairEnd[]];
  const key = (hash?: PskHash) =>
    deriveEpochKey({ meshId, epochId, epochSecret: EpochSecret.own(new Uint8Array(secret)) }, hash);
  return {
    portable: key(),
    native: key(nodeHash),
    self,
    peers,
    epochPrk: createSecretKey(createHmac('sha256', salt).update(secret).digest()),
    secret,
    salt,
    messageLengthBytes: pairInfo(self, peers[0] as PairEnd).length + 1,
  };
}

/** `lp("pair") ‖ lp(lo) ‖ pub(lo) ‖ lp(hi) ‖ pub(hi)`. The fixture's ids are already in order. */
function pairInfo(lo: PairEnd, hi: PairEnd): Uint8Array {
  return concatBytes(
    lengthPrefixed('pair'),
    lengthPrefixed(lo.nodeId),
    lo.publicKey,
    lengthPrefixed(hi.nodeId),
    hi.publicKey,
  );
}

const FIRST_BLOCK = Uint8Array.of(1);

function hmacEach({ epochPrk, self, peers }: Fixture): Uint8Array {
  const psks = new Uint8Array(32 * peers.length);
  for (const [at, peer] of peers.entries())
    psks.set(
      createHmac('sha256', epochPrk).update(pairInfo(self, peer)).update(FIRST_BLOCK).digest(),
      32 * at,
    );
  return psks;
}

function hkdfEach({ secret, salt, self, peers }: Fixture): Uint8Array {
  const psks = new Uint8Array(32 * peers.length);
  for (const [at, peer] of peers.entries())
    psks.set(new Uint8Array(hkdfSync('sha256', secret, salt, pairInfo(self, peer), 32)), 32 * at);
  return psks;
}

/** Checks that all contenders compute the same keys. Otherwise the comparison would mean nothing. */
function checkAgreement(fixture: Fixture): void {
  const expected = derivePairPsks(fixture.portable, fixture.self, fixture.peers);
  const others = [
    derivePairPsks(fixture.native, fixture.self, fixture.peers),
    hmacEach(fixture),
    hkdfEach(fixture),
  ];
  if (others.some((other) => compareBytes(other, expected) !== 0))
    throw new Error('the contenders derive different keys: mend the benchmark');
}

/** Repeats for `turnMs` of CPU time. @returns PSKs per second of CPU time */
function perCpuSecond(turnMs: number, deriveAll: () => Uint8Array): number {
  const start = process.cpuUsage();
  let times = 0;
  for (;;) {
    deriveAll();
    times += 1;
    const { user, system } = process.cpuUsage(start);
    if (user + system >= turnMs * 1000) return (times * PEERS) / ((user + system) / 1e6);
  }
}
