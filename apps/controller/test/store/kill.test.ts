// kill -9 at any moment: nothing that was acknowledged is lost, and later epochs and sequences are higher
// than all earlier ones.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactRange, leafHash } from '@mesh/audit';
import { createSocketFetch, createTlsFetch, openSqlite } from '@mesh/host';
import { underStrace } from '@mesh/host/test-kit';
import { MeshState } from '@mesh/membership';
import { encodeBase64, parseMeshId } from '@mesh/primitives';
import { createAdminClient, createPublicClient, type EnrolmentAnswer } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { BenchmarkPlaces } from '../../src/store/benchmark-places.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { openSealer } from '../../src/store/open-store.ts';
import { readState } from '../../src/store/state-rows.ts';
import {
  type ControllerProcess,
  runController,
  serveController,
  writeConfig,
} from '../support/controller-process.ts';
import { exhaustSequences } from '../support/exhaust-sequences.ts';
import { keysFrom, type TestController, TestNode, testConfig } from '../support/index.ts';
import { enrolmentRequest } from '../support/test-node.ts';

/** The state in a stopped controller's files. */
function readDisk(directory: string) {
  const config = testConfig(directory);
  const db = openSqlite(join(config.data_dir, 'controller.db'), { migrations });
  const state = new MeshState(parseMeshId('testmesh'));
  state.merge(readState(db, openSealer(config), new BenchmarkPlaces()));
  const range = new CompactRange();
  const entries = db.prepare('SELECT log_index, entry FROM log_entries ORDER BY log_index').all() as {
    log_index: number;
    entry: Uint8Array;
  }[];
  for (const { log_index, entry } of entries) {
    expect(log_index).toBe(range.size);
    range.append(leafHash(entry));
  }
  const epochs = db.prepare('SELECT epoch_id FROM epochs ORDER BY epoch_id').all() as { epoch_id: number }[];
  db.close();
  return {
    state,
    size: range.size,
    root: encodeBase64(range.root()),
    epochs: epochs.map((row) => row.epoch_id),
  };
}

/** The test kit's nodes, with a controller in another process. */
class RemoteMesh {
  readonly directory = mkdtempSync(join(tmpdir(), 'mesh-kill-'));
  readonly configFile: string;
  process: ControllerProcess | undefined;
  caPem = '';

  constructor(epochSeconds: number) {
    this.configFile = writeConfig(this.directory, {
      epoch_seconds: epochSeconds,
      max_benchmark_age_seconds: 3600,
    });
    const made = runController(['init', '--config', this.configFile]);
    if (made.code !== 0) throw new Error(made.err);
  }
  get running(): ControllerProcess {
    if (this.process === undefined) throw new Error('it does not run');
    return this.process;
  }
  async start(under: readonly string[] = []): Promise<void> {
    this.process = await serveController(this.configFile, under);
  }
  /** The part of a controller that the test kit's nodes need. */
  get handle(): TestController {
    const mesh = this;
    return {
      nowMs: () => Date.now(),
      get nodesUrl() {
        return `https://127.0.0.1:${mesh.running.nodesPort}`;
      },
    } as TestController;
  }
  async enrol(nodeId: string): Promise<TestNode> {
    const socket = createSocketFetch(join(this.directory, 'data', 'admin.sock'));
    const { token } = await createAdminClient({ baseUrl: 'http://localhost', fetch: socket }).createToken({});
    const ca = await import('@mesh/host').then(({ fetchCaWithPin }) =>
      fetchCaWithPin(`https://127.0.0.1:${this.running.publicPort}`, [token.split('.')[3] ?? '']),
    );
    const tls = createTlsFetch({ ca });
    const open = createPublicClient({ baseUrl: `https://127.0.0.1:${this.running.publicPort}`, fetch: tls });
    const request = await enrolmentRequest({ public: open } as TestController, nodeId, token);
    const enrolment: EnrolmentAnswer = await open.enrol(request);
    socket.close();
    tls.close();
    return new TestNode(this.handle, nodeId, { keys: keysFrom(nodeId), enrolment });
  }
  async close(): Promise<void> {
    await this.process?.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

describe('kill -9', () => {
  it('under load, again and again: sequences, registry, decisions and log are kept; epochs rise', async () => {
    const mesh = new RemoteMesh(2);
    try {
      await mesh.start();
      const nodes = await Promise.all(
        ['node-a', 'node-b', 'node-c', 'node-d'].map((name) => mesh.enrol(name)),
      );
      const acknowledged = new Map<string, { sequence: number; failed: boolean }>();
      const versions = new Set<string>();
      let highestEpoch = 0;
      let lastSize = 0;
      let total = 0;
      for (let round = 0; round < 8; round++) {
        if (round > 0) await mesh.start();
        const killAfter = 15 + ((round * 37) % 60);
        let answers = 0;
        const load = nodes.map(async (node, at) => {
          node.reconnect();
          for (let sent = 0; sent < 400; sent++) {
            // One node becomes bad for good in the middle. Its denial must survive everything.
            const score = at === 3 && round >= 4 ? 0.1 : 0.9;
            const message = node.benchmark(score);
            const answer = await node.client.submitBenchmark(message).catch(() => undefined);
            if (answer === undefined) return;
            acknowledged.set(node.nodeId, { sequence: message.sequence, failed: score < 0.7 });
            highestEpoch = Math.max(highestEpoch, answer.epoch_id);
            answers += 1;
            total += 1;
            if (answers === killAfter) mesh.running.child.kill('SIGKILL');
          }
        });
        const config = await nodes[0]?.config().catch(() => undefined);
        if (config !== undefined) {
          expect(versions.has(config.body.version)).toBe(false);
          versions.add(config.body.version);
        }
        await Promise.all(load);
        await mesh.running.kill();
        const { state, size, epochs } = readDisk(mesh.directory);
        expect([...state.nodes()].map(({ nodeId }) => nodeId as string).sort()).toEqual(
          nodes.map(({ nodeId }) => nodeId).sort(),
        );
        for (const [nodeId, { sequence, failed }] of acknowledged) {
          const node = state.node(nodeId);
          expect(node?.sequences.benchmark).toBeGreaterThanOrEqual(sequence);
          if (failed) expect(node?.membership).not.toBe('admitted');
        }
        expect(size).toBeGreaterThan(lastSize);
        lastSize = size;
        expect(epochs.at(-1) ?? 0).toBeGreaterThanOrEqual(Math.max(highestEpoch, round + 1));
        expect(new Set(epochs).size).toBe(epochs.length);
      }
      expect(total).toBeGreaterThan(100);
      for (const node of nodes) node.close();
    } finally {
      await mesh.close();
    }
  }, 120_000);

  it('right after a reset of sequences was answered: it is kept, and the node is accepted again', async () => {
    const mesh = new RemoteMesh(60);
    const socket = createSocketFetch(join(mesh.directory, 'data', 'admin.sock'));
    try {
      await mesh.start();
      const node = await mesh.enrol('node-a');
      await mesh.running.kill();
      const db = openSqlite(join(mesh.directory, 'data', 'controller.db'), { migrations });
      exhaustSequences(db, 'node-a');
      db.close();
      await mesh.start();
      const admin = createAdminClient({ baseUrl: 'http://localhost', fetch: socket });
      const { lowered } = await admin.resetSequence('node-a', 'its counter ran away');
      await mesh.running.kill();
      const [{ to } = { to: 0 }] = lowered;
      const { state } = readDisk(mesh.directory);
      expect(state.node('node-a')?.sequences).toEqual({ benchmark: to, endpoint: to, leave: to });
      await mesh.start();
      node.reconnect();
      expect((await node.submit(0.9)).status).toBe('received');
      node.close();
    } finally {
      socket.close();
      await mesh.close();
    }
  });

  it.each([
    ['pwrite64', 4],
    ['pwrite64', 8],
    ['pwrite64', 11],
    ['fsync', 4],
    ['fsync', 6],
  ])(
    'in the middle of a write (%s number %d): the next start finds a whole state and opens a higher epoch',
    async (call, when) => {
      const mesh = new RemoteMesh(60);
      try {
        await mesh.start();
        await mesh.enrol('node-a');
        await mesh.running.kill();
        const before = readDisk(mesh.directory);
        const strace = underStrace(call, `signal=KILL:when=${when}`);
        const killed = runController(['serve', '--config', mesh.configFile], {}, [
          'timeout',
          '30',
          ...strace,
        ]);
        // It was killed there.
        expect(killed.signal ?? killed.code).toBe('SIGKILL');
        const after = readDisk(mesh.directory);
        expect(after.size).toBeGreaterThanOrEqual(before.size);
        expect(after.state.node('node-a')).toEqual(before.state.node('node-a'));
        await mesh.start();
        const again = readEpochs(mesh);
        expect(again.at(-1) ?? 0).toBeGreaterThan(after.epochs.at(-1) ?? 0);
      } finally {
        await mesh.close();
      }
    },
  );
});

function readEpochs(mesh: RemoteMesh): number[] {
  const opened = mesh.running.lines.flatMap((line) => {
    const { epoch_id } = JSON.parse(line) as { epoch_id?: number };
    return epoch_id === undefined ? [] : [epoch_id];
  });
  return opened;
}
