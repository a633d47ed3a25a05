// Encapsulations are made before the boundary, for the nodes that will get keys then, and delay nothing else.

import { createLogger } from '@mesh/host';
import { epochsAt } from '@mesh/membership';
import { DEFAULT_SUITE } from '@mesh/seal';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import type { SealRecipientMessage } from '../../src/keys/psk-worker-messages.ts';
import { PrepareAhead, type PrepareAheadOptions, prepareWindowMs } from '../../src/schedule/prepare-ahead.ts';
import { countEncapsulations, countingWorker } from '../support/count-encapsulations.ts';
import { freezeNextEpoch, openNextEpoch, until } from '../support/index.ts';
import { asDelta, fullConfig, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the window before a freeze', () => {
  it.each([
    [5, 55_000, 2_015],
    [1_000, 55_000, 5_000],
    [10_000, 55_000, 27_500],
    [10_000, 3_595_000, 32_000],
    [20_000, 295_000, 62_000],
    [5, 1_500, 750],
    [5, 0, 0],
  ])('with %i nodes, %i ms before the freeze, begins %i ms before it', (nodes, untilFreezeMs, windowMs) => {
    expect(prepareWindowMs(nodes, untilFreezeMs)).toBe(windowMs);
  });
});

describe('preparing ahead', () => {
  interface Row {
    nodeId: string;
    status: string;
    membership: string;
    kemPublicKey: string | undefined;
  }
  function someNodes(count: number) {
    const rows = new Map<string, Row>();
    for (let number = 0; number < count; number++) {
      const nodeId = `node-${number}`;
      rows.set(nodeId, {
        nodeId,
        status: 'active',
        membership: 'admitted',
        kemPublicKey: `key of ${nodeId}`,
      });
    }
    const cuts = new Set<string>();
    const asked: { nodes: readonly SealRecipientMessage[]; done: () => void }[] = [];
    const ahead = new PrepareAhead({
      view: { nodes: () => rows.values(), node: (nodeId: string) => rows.get(nodeId) },
      isCut: (nodeId: string) => cuts.has(nodeId),
      deriver: {
        prepare: (nodes: readonly SealRecipientMessage[]) =>
          new Promise<void>((done) => asked.push({ nodes, done })),
      },
      logger: createLogger({ level: 'silent' }),
    } as unknown as PrepareAheadOptions);
    const commit = (type: string, nodeId?: string) => ahead.onCommit([{ type, nodeId } as never]);
    /** Lets the worker finish its batch. The next batch follows. */
    const finish = async () => {
      asked.at(-1)?.done();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { rows, cuts, asked, ahead, commit, finish };
  }

  it('does one batch after the other, over all nodes, with the key that is the newest at a node’s turn', async () => {
    const { rows, asked, ahead, finish } = someNodes(70);
    ahead.begin();
    expect(asked.map(({ nodes }) => nodes.length)).toEqual([32]);
    const late = rows.get('node-69');
    if (late !== undefined) late.kemPublicKey = 'a newer key';
    await finish();
    await finish();
    expect(asked.map(({ nodes }) => nodes.length)).toEqual([32, 32, 6]);
    expect(new Set(asked.flatMap(({ nodes }) => nodes.map(({ nodeId }) => nodeId))).size).toBe(70);
    expect(asked.at(-1)?.nodes.at(-1)).toEqual({ nodeId: 'node-69', kemPublicKey: 'a newer key' });
    await finish();
    expect(asked).toHaveLength(3);
  });

  it('is done again for a node that sends a key in the window, and not outside of it', async () => {
    const { asked, ahead, commit, finish } = someNodes(1);
    commit('benchmark_accepted', 'node-0');
    expect(asked).toEqual([]);
    ahead.begin();
    await finish();
    commit('benchmark_accepted', 'node-0');
    expect(asked).toHaveLength(2);
    await finish();
    commit('epoch_opened');
    commit('benchmark_accepted', 'node-0');
    expect(asked).toHaveLength(2);
  });

  it('says when everybody is prepared, and when it has stopped', async () => {
    const { ahead, commit, finish } = someNodes(70);
    let ended = 0;
    void ahead.begin().then(() => {
      ended += 1;
    });
    await finish();
    await finish();
    expect(ended).toBe(0);
    await finish();
    expect(ended).toBe(1);
    void ahead.begin().then(() => {
      ended += 1;
    });
    commit('epoch_opened');
    await finish();
    expect(ended).toBe(2);
  });

  it('stops when the epoch is opened', async () => {
    const { asked, ahead, commit, finish } = someNodes(100);
    ahead.begin();
    commit('epoch_opened');
    await finish();
    expect(asked).toHaveLength(1);
  });

  it('is not done for nodes that are denied, cut or out for good, or that cannot be sealed to', () => {
    const { rows, cuts, asked, ahead } = someNodes(6);
    Object.assign(rows.get('node-0') ?? {}, { membership: 'denied' });
    cuts.add('node-1');
    Object.assign(rows.get('node-2') ?? {}, { status: 'revoked' });
    Object.assign(rows.get('node-3') ?? {}, { kemPublicKey: undefined });
    Object.assign(rows.get('node-4') ?? {}, { membership: 'never' });
    ahead.begin();
    expect(asked.flatMap(({ nodes }) => nodes.map(({ nodeId }) => nodeId))).toEqual(['node-4', 'node-5']);
  });

  it('survives a worker that fails', async () => {
    const { asked, ahead, commit, finish } = someNodes(1);
    const failing = vi.spyOn(asked, 'push').mockImplementation(() => {
      throw new Error('the worker is gone');
    });
    ahead.begin();
    await finish();
    failing.mockRestore();
    commit('benchmark_accepted', 'node-0');
    expect(asked).toHaveLength(1);
  });
});

describe('a running controller', () => {
  const SEALED = { insecure_unsealed_keys: false };
  /** The first answer of a context has the number 0. */
  const sequences = (seal: { mock: { settledResults: { type: string; value: unknown }[] } }): number[] =>
    seal.mock.settledResults.map(({ value }) => (value as { sequence: number }).sequence);

  /**
   * Advances the clock into the window: after the previous epoch has come into force, and before the freeze.
   */
  async function approach({ controller, clock }: RunningMesh): Promise<void> {
    const { current } = epochsAt(controller.running.services.view, clock.nowMs());
    await clock.advance((current?.activateAtMs ?? 0) + 54_000 - clock.nowMs());
  }

  it('has encapsulated by the boundary, so that nobody waits for it there', async () => {
    const names = ['node-a', 'node-b', 'node-c'];
    const encapsulated = countEncapsulations();
    await using mesh = await runningMesh(names, SEALED, DEFAULT_SUITE, countingWorker);
    for (const name of names) {
      mesh.node(name).renewKem();
      await mesh.node(name).submit(0.9);
    }
    const versions = new Map<string, string>();
    for (const name of names) versions.set(name, (await fullConfig(mesh.node(name))).version);
    const prepare = vi.spyOn(PskDeriver.prototype, 'prepare');
    const seal = vi.spyOn(PskDeriver.prototype, 'seal');
    await approach(mesh);
    await until('the batch to be done', () =>
      prepare.mock.settledResults.some(({ type }) => type === 'fulfilled'),
    );
    expect(prepare.mock.calls.flatMap(([nodes]) => nodes.map(({ nodeId }) => nodeId)).sort()).toEqual(names);
    await freezeNextEpoch(mesh.controller);
    const before = encapsulated();
    for (const name of names) {
      const version = versions.get(name) ?? '';
      const { next } = asDelta(await mesh.node(name).config({ version })).keys ?? {};
      expect(Object.keys(next?.psks ?? {})).toHaveLength(2);
    }
    expect(sequences(seal)).toEqual([0, 0, 0]);
    expect(encapsulated()).toBe(before);
  });

  it('without it still gives everybody their keys', async () => {
    const encapsulated = countEncapsulations();
    // From the start: what had been prepared before would be counted whenever the thread gets to it.
    vi.spyOn(PskDeriver.prototype, 'prepare').mockRejectedValue(new Error('not today'));
    await using mesh = await runningMesh(['node-a', 'node-b'], SEALED, DEFAULT_SUITE, countingWorker);
    for (const name of ['node-a', 'node-b']) await mesh.node(name).submit(0.9);
    const seal = vi.spyOn(PskDeriver.prototype, 'seal');
    await openNextEpoch(mesh.controller);
    const before = encapsulated();
    expect(Object.keys((await fullConfig(mesh.node('node-a'))).keys?.current?.psks ?? {})).toEqual([
      'node-b',
    ]);
    expect(sequences(seal)).toEqual([0]);
    expect(encapsulated()).toBe(before + 1);
  });

  it('makes nothing for a node whose benchmark denies it', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], SEALED, DEFAULT_SUITE);
    const prepare = vi.spyOn(PskDeriver.prototype, 'prepare');
    const prepared = () => prepare.mock.calls.flatMap(([nodes]) => nodes.map(({ nodeId }) => nodeId));
    await approach(mesh);
    await until('both to be prepared', () => prepared().length >= 2);
    prepare.mockClear();
    mesh.node('node-b').renewKem();
    await mesh.node('node-b').submit(0.1);
    await mesh.node('node-a').submit(0.9);
    await until('node-a to be prepared again', () => prepared().length > 0);
    expect(prepared()).toEqual(['node-a']);
  });
});
