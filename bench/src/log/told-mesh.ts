// A controller whose notes of what it tells can be left out, so that its work is measured with and without.

import { createLogger, systemClock } from '@mesh/host';
import { quarantineOrRevoke } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { DEFAULT_SUITE } from '@mesh/seal';
import { type RunningController, startController } from '../../../apps/controller/src/compose.ts';
import { seedMesh } from '../controller/seed-mesh.ts';
import { GROUP } from '../epoch/epoch-mesh.ts';
import { publishToAll } from '../epoch/publish-to-all.ts';
import { cpuSinceMs } from '../process-cpu.ts';
import { someKemPublicKey } from '../sealing/some-kem-public-key.ts';

/** More than a lead, so that a pending epoch is in force after it. */
const AHEAD_MS = 6_000;

export interface EpochCpu {
  /** To open an epoch and to render every answer. */
  readonly publishMs: number;
  /** To put what was noted into the log. */
  readonly recordMs: number;
}

export interface ToldMesh extends AsyncDisposable {
  readonly nodes: number;
  epoch(isNoted: boolean): Promise<EpochCpu>;
  /** The CPU time from the order to the notice that every other node gets, in milliseconds. */
  denial(isNoted: boolean): Promise<number>;
}

/** @param grouped whether a node has 100 peers, or all others */
export async function startToldMesh(nodes: number, grouped: boolean): Promise<ToldMesh> {
  const seeded = await seedMesh({
    ...{ nodes, identities: 0, measured: true, kemPublicKey: someKemPublicKey(DEFAULT_SUITE) },
    ...(grouped ? { groupSize: GROUP } : {}),
    settings: { epoch_seconds: 86_400 },
  });
  // Epochs come on request: all clocks move forward together, so that no jump is detected.
  let aheadMs = 0;
  const clock = {
    nowMs: () => systemClock.nowMs() + aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    bootMs: () => systemClock.bootMs() + aheadMs,
  };
  const controller = await startController({
    config: seeded.config,
    clock,
    logger: createLogger({ level: 'silent' }),
    onFatal: (error) => {
      throw error;
    },
  }).catch(async (error: unknown) => {
    await seeded.remove();
    throw error;
  });
  const { services } = controller;
  return {
    nodes,
    epoch: async (isNoted) => {
      aheadMs += AHEAD_MS;
      await services.ahead.begin();
      const { publishCpuMs: publishMs } = await notingIf(isNoted, services, () =>
        publishToAll(services, 'difference'),
      );
      const cpu = process.cpuUsage();
      await services.toldRecorder.record();
      return { publishMs, recordMs: cpuSinceMs(cpu) };
    },
    denial: (isNoted) => notingIf(isNoted, services, () => deny(services)),
    [Symbol.asyncDispose]: async () => {
      await controller.close();
      await seeded.remove();
    },
  };
}

type Services = RunningController['services'];

/** Without notes the methods of the instance hide those of its class. */
async function notingIf<T>(isNoted: boolean, { told }: Services, work: () => Promise<T>): Promise<T> {
  if (isNoted) return work();
  const silent = {
    noteConfig: () => Promise.resolve(),
    forNotice: () => () => Promise.resolve(),
  };
  for (const [name, value] of Object.entries(silent))
    Object.defineProperty(told, name, { value, configurable: true });
  try {
    return await work();
  } finally {
    for (const name of Object.keys(silent)) Reflect.deleteProperty(told, name);
  }
}

/** Quarantines the next node that is in; every other one has a query open. */
async function deny(services: Services): Promise<number> {
  const { view, publication, waiters, notices, judge } = services;
  const members = [...view.nodes()].filter((node) => services.members.isIn(node));
  const [denied, ...others] = members.map(({ nodeId }) => nodeId);
  if (denied === undefined) throw new Error('nobody is in any more');
  const version = publication.currentVersion();
  const tell = async (nodeId: NodeId): Promise<void> => {
    const node = view.node(nodeId);
    const news = node && publication.newsFor(node, version);
    const notice = node && news?.kind === 'difference' ? notices.noticeFor(node, news) : undefined;
    if (notice === undefined) throw new Error(`node ${nodeId} was to get a notice`);
    await notice.noteTold(nodeId);
  };
  const told = others.map((nodeId) => {
    const waiter = waiters.add(nodeId, undefined);
    return waiter.woken.then(() => {
      waiter.cancel();
      return tell(nodeId);
    });
  });
  const cpu = process.cpuUsage();
  const order = {
    change: 'quarantine',
    nodeId: denied,
    why: 'a benchmark',
    actor: { kind: 'socket' },
  } as const;
  await judge.run(quarantineOrRevoke(order));
  await Promise.all(told);
  return cpuSinceMs(cpu);
}
