// kill -9 at any moment: nothing that was acknowledged is lost, no state is half there, the log verifies and
// only grows, and later epochs and sequences are higher than all earlier ones. e2e's soak kills a thousand
// times, and at every write.

import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { MeshState } from '@mesh/membership';
import { parseEpochId, parseMeshId, parseNodeId, toHex } from '@mesh/primitives';
import { answerDigest } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchmarkPlaces } from '../../src/store/benchmark-places.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { openSealer } from '../../src/store/open-store.ts';
import { readState } from '../../src/store/state-rows.ts';
import { ToldRows } from '../../src/store/told-rows.ts';
import { exhaustSequences } from '../support/exhaust-sequences.ts';
import { type TestNode, testConfig } from '../support/index.ts';
import { RemoteMesh } from '../support/remote-mesh.ts';
import { killAtBoundary, type Prepared, prepareBoundaries } from '../support/soak/kill-boundaries.ts';
import { killRounds } from '../support/soak/kill-rounds.ts';

/** A node's sequences in a stopped controller's files. */
function sequencesOnDisk(directory: string, nodeId: string) {
  const config = testConfig(directory);
  const db = openSqlite(join(config.data_dir, 'controller.db'), { migrations });
  try {
    const state = new MeshState(parseMeshId('testmesh'));
    state.merge(readState(db, openSealer(config), new BenchmarkPlaces()));
    return state.node(nodeId)?.sequences;
  } finally {
    db.close();
  }
}

const ANY = Number.MAX_SAFE_INTEGER;

/** Of what the log of a stopped controller says that nodes were told. */
function digestsOnDisk(directory: string): string[] {
  const config = testConfig(directory);
  const db = openSqlite(join(config.data_dir, 'controller.db'), { migrations });
  try {
    const rows = new ToldRows(db, openSealer(config));
    const parts = ['node-a', 'node-b'].flatMap((name) =>
      rows.find(parseNodeId(name), parseEpochId(1), parseEpochId(ANY), ANY),
    );
    return parts.flatMap(({ tellings }) => tellings.map(({ sha256 }) => sha256));
  } finally {
    db.close();
  }
}

describe('kill -9', () => {
  it('under load and while it starts, again and again, loses nothing that clients were told', async () => {
    const { faults, kills, answers } = await killRounds({ kills: 6, seed: 11 });
    expect(faults).toEqual([]);
    expect(kills).toBe(6);
    expect(answers).toBeGreaterThan(100);
  });

  it('right after a reset of sequences was answered: it is kept, and the node is accepted again', async () => {
    const mesh = new RemoteMesh({ epoch_seconds: 60, max_benchmark_age_seconds: 3_600 });
    try {
      await mesh.start();
      const node = await mesh.enrol('node-a');
      await mesh.running.kill();
      const db = openSqlite(join(mesh.directory, 'data', 'controller.db'), { migrations });
      exhaustSequences(db, 'node-a');
      db.close();
      await mesh.start();
      const { lowered } = await mesh.admin.resetSequence('node-a', 'its counter ran away');
      await mesh.running.kill();
      const [{ to } = { to: 0 }] = lowered;
      expect(sequencesOnDisk(mesh.directory, 'node-a')).toEqual({ benchmark: to, endpoint: to, leave: to });
      await mesh.start();
      node.reconnect();
      expect((await node.submit(0.9)).status).toBe('received');
      node.close();
    } finally {
      await mesh.close();
    }
  });

  it('right after nodes were told something: the next process puts each answer into the log', async () => {
    const mesh = new RemoteMesh({ epoch_seconds: 3_600, max_benchmark_age_seconds: 36_000 });
    const nodes: TestNode[] = [];
    try {
      await mesh.start();
      for (const name of ['node-a', 'node-b']) nodes.push(await mesh.enrol(name));
      const told = await Promise.all(nodes.map((node) => node.config()));
      await mesh.running.kill();
      const recorded = async () => (await mesh.admin.log({ limit: 1_000, type: 'configs_told' })).entries;
      await mesh.start();
      await waitUntil('the log to have it', async () => (await recorded()).length > 0);
      expect((await recorded()).map(({ entry }) => entry.data)).toEqual([
        { nodes: 2, root: expect.any(String), recovered: true },
      ]);
      await mesh.running.kill();
      expect(digestsOnDisk(mesh.directory).sort()).toEqual(
        told.map((config) => toHex(answerDigest('config', config?.raw ?? {}))).sort(),
      );
    } finally {
      for (const node of nodes) node.close();
      await mesh.close();
    }
  });
});

describe('kill -9 in the middle of a write', () => {
  let prepared: Prepared;
  beforeAll(async () => {
    prepared = await prepareBoundaries();
  });
  afterAll(() => prepared[Symbol.asyncDispose]());

  it.each([
    ['pwrite64', 4],
    ['pwrite64', 11],
    ['pwrite64', 60],
    ['write', 1],
    ['fsync', 6],
    ['rename', 1],
  ] as const)(
    '(%s number %d): the next start finds a whole state and opens a higher epoch',
    async (call, when) => {
      expect(await killAtBoundary(prepared, call, when)).toEqual({ isReached: true, faults: [] });
    },
  );
});
