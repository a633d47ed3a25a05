// Defines a scenario: a claim, and how it is tested.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLab,
  type Fault,
  type Lab,
  type LabMode,
  type Mesh,
  type MeshHost,
  type MeshOptions,
  startMesh,
  until,
} from '@mesh/e2e';

/** A mechanism that keeps a claim, and how to switch it off to show that. */
export interface Mechanism {
  readonly about: string;
  readonly agents?: readonly Fault[];
  readonly controller?: readonly Fault[];
  /** Settings of every agent that leave the mechanism out, if there are any. */
  readonly agentSettings?: Readonly<Record<string, unknown>>;
}

export interface ScenarioRun {
  readonly mode: LabMode;
  readonly quick: boolean;
  /** The mechanism that is switched off in this run, so that the claim should fail. */
  readonly without?: Mechanism | undefined;
  /** What was asked for of the numbers that the scenario takes, by name. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Progress, for people. */
  say(text: string): void;
}

export interface ScenarioResult {
  readonly ok: boolean;
  readonly measured: Readonly<Record<string, unknown>>;
}

export interface Scenario {
  readonly about: string;
  /** The mechanisms, by the name with which each can be switched off. */
  readonly mechanisms: Readonly<Record<string, Mechanism>>;
  /** Numbers that may be given on the command line, by the names of their options. */
  readonly takes?: Readonly<Record<string, string>>;
  run(run: ScenarioRun): Promise<ScenarioResult>;
}

type Settings<Name extends string> = Omit<
  MeshOptions<Name>,
  'controllerHost' | 'hosts' | 'workDir' | 'tunnel' | 'faults'
> & {
  /** Hosts without a node of the mesh. */
  readonly otherHosts?: readonly string[];
  /** What is wrong with single nodes' agents in every run. */
  readonly agentFaults?: Partial<Readonly<Record<Name, readonly Fault[]>>>;
};

/** Runs `body` in a new mesh whose nodes are all in, and takes everything down afterwards. */
export async function inMesh<Name extends string, T>(
  { mode, without }: Pick<ScenarioRun, 'mode' | 'without'>,
  names: readonly Name[],
  { otherHosts = [], agentFaults = {}, ...settings }: Settings<Name>,
  body: (mesh: Mesh<Name>, lab: Lab<Name | 'controller'>) => Promise<T>,
): Promise<T> {
  const workDir = mkdtempSync(join(tmpdir(), 'aligned-mesh-e2e-'));
  const lab = await createLab({
    prefix: 'e2e',
    nodes: ['controller', ...names, ...otherHosts],
    subnet: '10.98.0.0/24',
    mode,
  });
  try {
    const hosts = Object.fromEntries(
      names.map((name): [string, MeshHost] => [name, lab.node(name)]),
    ) as Record<Name, MeshHost>;
    const mesh = await startMesh<Name>({
      ...settings,
      agentSettings: Object.fromEntries(
        names.map((name) => [name, { ...settings.agentSettings?.[name], ...without?.agentSettings }]),
      ) as Record<Name, Readonly<Record<string, unknown>>>,
      controllerHost: lab.node('controller'),
      hosts,
      workDir,
      tunnel: 'userspace',
      faults: {
        agents: Object.fromEntries(
          names.map((name) => [name, [...(agentFaults[name] ?? []), ...(without?.agents ?? [])]]),
        ) as unknown as Partial<Record<Name, readonly Fault[]>>,
        controller: without?.controller ?? [],
      },
    });
    let result: T;
    try {
      await untilAllIn(mesh, names);
      result = await body(mesh, lab as unknown as Lab<Name | 'controller'>);
    } catch (error) {
      // What went wrong first counts.
      await mesh.stop().catch(() => undefined);
      throw error;
    }
    await mesh.stop();
    return result;
  } finally {
    await lab.destroy();
    rmSync(workDir, { recursive: true, force: true });
  }
}

export async function untilAllIn<Name extends string>(
  mesh: Mesh<Name>,
  names: readonly Name[],
): Promise<void> {
  await until('all nodes are in', 60_000, async () => {
    const { nodes } = await mesh.admin.nodes();
    return names.every((name) =>
      nodes.some((node) => String(node.node_id) === name && node.membership === 'ALLOWED'),
    )
      ? true
      : undefined;
  });
}

/** The overlay address of each node. */
export function addressesOf<Name extends string>(
  mesh: Mesh<Name>,
  names: readonly Name[],
): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, mesh.node(name).address])) as Record<Name, string>;
}

/** The value below which a share of the sorted samples lies (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
