// What is written about a node is read back at the next start, whichever way it was written.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEnvelopeSealer, openSqlite } from '@mesh/host';
import { type NodeRecord, ONE_CONFIG_KEY, ONE_LOG_KEY } from '@mesh/membership';
import { type EpochId, parseIdentityKey, sha256Hex } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import { NO_STREAK } from '@mesh/scoring';
import { parseIpAddress } from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BenchmarkPlaces } from '../../src/store/benchmark-places.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { DetailsWriter } from '../../src/store/sealed-details.ts';
import { RowWriter, readState } from '../../src/store/state-rows.ts';
import type { Sealer } from '../../src/trust/at-rest-sealer.ts';

const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const node: NodeRecord = {
  nodeId: 'node-a' as NodeRecord['nodeId'],
  class: 'default',
  status: 'active',
  quarantinedAtMs: undefined,
  quarantinedUntilMs: undefined,
  identityKey: parseIdentityKey(key(1)),
  wgPublicKeys: { a: key(2) },
  addresses: [parseIpAddress('10.77.0.1')],
  endpoint: { listen_ports: { a: 51_820 }, advertise: [] },
  observedAddress: undefined,
  enrolledFrom: undefined,
  nextIdentityKey: undefined,
  tokenId: 'token' as TokenId,
  enrolledAtMs: 1,
  updatedAtMs: 1,
  membership: 'never',
  admittedSince: undefined,
  readmitted: false,
  latest: undefined,
  watchSpent: false,
  probationSince: undefined,
  goodStreak: NO_STREAK,
  declining: false,
  hold: undefined,
  heldSinceMs: undefined,
  clearStreak: NO_STREAK,
  unreachableSinceMs: undefined,
  left: false,
  sequences: { benchmark: 0, endpoint: 0, leave: 0 },
  certificate: undefined,
  kemPublicKey: undefined,
};
const latest: NonNullable<NodeRecord['latest']> = {
  scores: { overall: 0.9 },
  samples: { overall: 3 },
  measuredBy: 'self',
  measuredAtMs: 2,
  arrivedAtMs: 3,
  sentAtMs: 2,
  sequence: 7,
  instanceId: 'instance-1',
  suiteVersion: '1',
  watch: {
    measuredAtMs: 2,
    arrivedAtMs: 3,
    metrics: { overall: { asked: 0.7, evidence: [1.5, 2e9, 0.1, 0, 1 / 3], prompts: 3, good: 2.7 } },
  },
};

/** One change of every field that can change, each on top of the earlier ones. */
const changes: readonly Partial<NodeRecord>[] = [
  { latest, updatedAtMs: 3, sequences: { benchmark: 7, endpoint: 0, leave: 0 } },
  { goodStreak: { count: 1, countedMeasuredAtMs: 2, countedArrivedAtMs: 3 } },
  { membership: 'admitted', admittedSince: 4 as EpochId, readmitted: true },
  { declining: true },
  { watchSpent: true },
  { probationSince: 7 as EpochId },
  { clearStreak: { count: 2, countedMeasuredAtMs: 4, countedArrivedAtMs: 5 } },
  { unreachableSinceMs: 4 },
  { unreachableSinceMs: undefined },
  { hold: { cause: 'below_floor refusal', untilMs: 9, limited: true }, heldSinceMs: 8 },
  { hold: { cause: 'below_floor refusal', untilMs: 99, limited: false } },
  { hold: undefined },
  { endpoint: { listen_ports: { a: 1, b: 2 }, advertise: ['192.0.2.1'] }, observedAddress: '192.0.2.9' },
  { sequences: { benchmark: 7, endpoint: 8, leave: 9 }, left: true },
  { certificate: { serial: 'ab', notAfterMs: 5 } },
  { kemPublicKey: `mesh/seal/v1/x25519:${key(9)}` },
  { status: 'pending' },
  { enrolledFrom: '192.0.2.3' },
  { nextIdentityKey: parseIdentityKey(key(8)) },
  { quarantinedAtMs: 8_000 },
  { quarantinedUntilMs: 9_000 },
  { status: 'quarantined', membership: 'denied', admittedSince: undefined, readmitted: false },
  { class: 'other', addresses: ['10.77.0.1', 'fd00::1'].map(parseIpAddress) },
  { wgPublicKeys: { a: key(3), b: key(4) } },
  { identityKey: parseIdentityKey(key(5)) },
  { goodStreak: NO_STREAK },
  { clearStreak: NO_STREAK },
  { latest: undefined, certificate: undefined, kemPublicKey: undefined, observedAddress: undefined },
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-rows-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open() {
  const db = openSqlite(join(folder, 'controller.db'), { migrations });
  const envelopes = createEnvelopeSealer(new Uint8Array(randomBytes(32)));
  const sealer: Sealer = {
    seal: (purpose, aad, plaintext) => envelopes.seal({ purpose, aad }, plaintext),
    open: (purpose, aad, sealed) => envelopes.open({ purpose, aad }, sealed),
  };
  const places = new BenchmarkPlaces();
  const rows = new RowWriter(db, sealer, places);
  const log = (index: number, benchmark: NonNullable<NodeRecord['latest']>) => {
    new DetailsWriter(db, sealer).write([{ index, salt: '', details: {}, benchmark }]);
    places.note(benchmark, index);
  };
  const write = (record: NodeRecord, before: NodeRecord | undefined) =>
    rows.write(
      { nodes: [record], tokens: [], epochs: undefined },
      {
        node: () => before,
        recentCuts: () => [],
        ca: () => ({ pin: undefined, next: undefined }),
        configKeys: () => ONE_CONFIG_KEY,
        logKeys: () => ONE_LOG_KEY,
      },
    );
  rows.write(
    {
      nodes: [],
      tokens: [
        {
          tokenId: 'token' as TokenId,
          secretHash: sha256Hex(new Uint8Array(32)),
          usesLeft: 1,
          class: 'default',
          nodeId: undefined,
          expiresAtMs: 9,
          needsApproval: false,
          isWithdrawn: false,
        },
      ],
      epochs: undefined,
    },
    {
      node: () => undefined,
      recentCuts: () => [],
      ca: () => ({ pin: undefined, next: undefined }),
      configKeys: () => ONE_CONFIG_KEY,
      logKeys: () => ONE_LOG_KEY,
    },
  );
  return { db, log, write, read: () => [...readState(db, sealer, new BenchmarkPlaces()).nodes] };
}

describe('a node row', () => {
  it('reads back as the record, after each change of each field', () => {
    const { db, log, write, read } = open();
    log(5, latest);
    write(node, undefined);
    expect(read()).toEqual([node]);
    let before = node;
    for (const change of changes) {
      const after = { ...before, ...change };
      write(after, before);
      expect(read()).toEqual([after]);
      before = after;
    }
    const changed = new Set(changes.flatMap((change) => Object.keys(change)));
    expect(Object.keys(node).filter((field) => !changed.has(field))).toEqual([
      'nodeId',
      'tokenId',
      'enrolledAtMs',
    ]);
    db.close();
  });

  it('from before the times of counted results were stored reads as a count without times', () => {
    const before = openSqlite(join(folder, 'controller.db'), { migrations: migrations.slice(0, 3) });
    before.exec(`
      INSERT INTO tokens VALUES ('token', '00', 0, 'default', NULL, 9);
      INSERT INTO nodes (node_id, class, status, identity_key, wg_public_key_a, addresses, endpoint, token_id,
        enrolled_at_ms, updated_at_ms, membership, readmitted, consecutive_good, has_left, sequence_benchmark,
        sequence_endpoint, sequence_leave, consecutive_clear)
      VALUES ('node-a', 'default', 'active', '${node.identityKey}', '${node.wgPublicKeys.a}',
        '${JSON.stringify(node.addresses)}', '${JSON.stringify(node.endpoint)}', 'token', 1, 1, 'never', 0, 2, 0, 0, 0, 0, 3)`);
    before.close();
    const { db, read } = open();
    const unknown = { countedMeasuredAtMs: null, countedArrivedAtMs: null };
    expect(read()).toEqual([
      { ...node, goodStreak: { count: 2, ...unknown }, clearStreak: { count: 3, ...unknown } },
    ]);
    db.close();
  });

  it('that is missing although memory has the node is an error, not a silent loss', () => {
    const { db, write, read } = open();
    expect(() => write({ ...node, declining: true }, node)).toThrow(/memory and disk differ/);
    expect(() => write({ ...node, updatedAtMs: 2 }, node)).toThrow(/FOREIGN KEY/);
    expect(read()).toEqual([]);
    db.close();
  });

  it('of which one half is missing is an error', () => {
    const { db, write, read } = open();
    write(node, undefined);
    db.exec('DELETE FROM node_results');
    expect(read).toThrow(/node-a has no row in node_results/);
    db.close();
  });

  it('is refused for a benchmark that is stored nowhere', () => {
    const { db, write, read } = open();
    write(node, undefined);
    expect(() => write({ ...node, latest }, node)).toThrow(/stored with its log entry/);
    expect(read()).toEqual([node]);
    db.close();
  });
});
