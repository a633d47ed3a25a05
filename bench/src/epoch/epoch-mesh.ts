// A seeded mesh and the process that holds its controller, with event-loop delay and memory of its own.

import { type SeededMesh, seedMesh } from '../controller/seed-mesh.ts';
import { askChild, endChild, forkMain } from '../fork-main.ts';
import type {
  EpochReply,
  EpochRequest,
  PublishFigures,
  RotateFigures,
  StartFigures,
} from './epoch-messages.ts';

/** Nodes stand in groups of this size, so each has one peer fewer. */
export const GROUP = 101;

export interface EpochMesh {
  readonly name: string;
  readonly nodes: number;
  readonly seeded: SeededMesh;
  readonly start: StartFigures;
  rotate(): Promise<RotateFigures>;
  /** Admits every node at one boundary. For a mesh whose nodes have only enrolled. */
  admit(): Promise<PublishFigures>;
  stop(): Promise<void>;
}

export interface EpochMeshPlan {
  readonly nodes: number;
  /** The key that every node's keys are sealed to, `SUITE:BASE64`. */
  readonly kemPublicKey: string;
  /** Whether every node has sent a good benchmark, and is admitted at the start, or has only enrolled. */
  readonly measured: boolean;
  /** Where the process writes its CPU profiles; undefined if it writes none. */
  readonly profileDir: string | undefined;
}

export async function startEpochMesh(plan: EpochMeshPlan): Promise<EpochMesh> {
  const { nodes, kemPublicKey, measured, profileDir } = plan;
  const seeded = await seedMesh({
    nodes,
    // For the message of the floor.
    identities: 1,
    groupSize: GROUP,
    kemPublicKey,
    measured,
    settings: { epoch_seconds: 86_400 },
  });
  const profile = profileDir === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profileDir];
  const child = forkMain(new URL('./epoch-main.ts', import.meta.url), ['--expose-gc', ...profile]);
  const ask = async (request: EpochRequest): Promise<Extract<EpochReply, { ok: true }>> => {
    const reply = await askChild<EpochReply>(child, 'the process that held the mesh', request);
    if (!reply.ok) throw new Error(reply.message);
    return reply;
  };
  const given = <T>(figures: T | undefined): T => {
    if (figures === undefined) throw new Error('the mesh gave no figures');
    return figures;
  };
  const stop = async () => {
    // It ends by itself, so that a profile is written.
    await endChild(child, () => child.disconnect());
    await seeded.remove();
  };
  const started = await ask({ op: 'start', config: seeded.config }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    name: `${nodes.toLocaleString('en-US')} nodes`,
    nodes,
    seeded,
    start: given(started.start),
    rotate: async () => given((await ask({ op: 'rotate' })).rotate),
    admit: async () => given((await ask({ op: 'admit', kemPublicKey })).admit),
    stop,
  };
}
