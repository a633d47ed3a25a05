// The mesh that the demo shows: a controller and three nodes, each on a host of its own in a lab. Without a
// lab, this machine is each of the four.

import { spawn } from 'node:child_process';
import { createLab, type Lab, type LabProbe, type Mesh, type MeshHost, startMesh } from '@mesh/e2e';
import type { DemoOptions } from './options.ts';
import type { Story } from './story.ts';
import type { NodeName } from './watch-mesh.ts';

const BENCHMARK_SECONDS = 2;
const HOSTS = ['controller', 'a', 'b', 'c'] as const;
export type HostName = (typeof HOSTS)[number];

export interface DemoMesh {
  readonly mesh: Mesh<NodeName>;
  readonly hosts: Readonly<Record<HostName, MeshHost>>;
  /** Undefined if there are no tunnels. */
  readonly lab: Lab<HostName> | undefined;
}

export interface DemoMeshOptions {
  readonly options: Pick<DemoOptions, 'epochSeconds'>;
  readonly probe: LabProbe;
  readonly story: Story;
  readonly workDir: string;
  /** Makes the programs and returns their folder. */
  readonly makePrograms: () => Promise<string> | string;
  /** Whether the caller ends the mesh when this process is told to end. If not, the lab is swept. */
  readonly endsInOrder?: boolean;
}

/** Starts the mesh, shows it, and ends it whatever happens. */
export async function withDemoMesh<T>(
  { options, probe, story, workDir, makePrograms, endsInOrder = false }: DemoMeshOptions,
  show: (demo: DemoMesh) => Promise<T>,
): Promise<T> {
  const { mode } = probe;
  const lab =
    mode === 'none'
      ? undefined
      : await createLab({
          ...{ prefix: 'demo', nodes: HOSTS, subnet: '10.99.0.0/24', mode },
          sweepOnSignal: !endsInOrder,
        });
  try {
    const hosts = stage(lab, endsInOrder);
    story.say('building the programs');
    // From source, each run of a benchmark would cost five times as much.
    process.env.TEST_PROGRAMS = await makePrograms();
    story.say('starting a controller and enrolling a, b and c');
    const mesh = await startMesh<NodeName>({
      controllerHost: hosts.controller,
      hosts: { a: hosts.a, b: hosts.b, c: hosts.c },
      workDir,
      epochSeconds: options.epochSeconds,
      benchmarkSeconds: BENCHMARK_SECONDS,
      tunnel: lab === undefined ? 'dry-run' : 'userspace',
      policy: { threshold: 0.7, floors: { refusal: 0.8 } },
    });
    try {
      return await show({ mesh, hosts, lab });
    } finally {
      await mesh.stop();
    }
  } finally {
    await lab?.destroy();
  }
}

/** @param apart whether an interrupt from the terminal reaches this process alone */
function stage(lab: Lab<HostName> | undefined, apart: boolean): DemoMesh['hosts'] {
  const host = (name: HostName): MeshHost => {
    const { address, pid, spawn: start } = lab?.node(name) ?? here;
    return {
      ...{ name, address },
      ...(pid === undefined ? {} : { pid }),
      spawn: (command, args = [], spawnOptions = {}) =>
        start(command, args, { ...spawnOptions, detached: apart }),
    };
  };
  return { controller: host('controller'), a: host('a'), b: host('b'), c: host('c') };
}

const here: Pick<MeshHost, 'address' | 'pid' | 'spawn'> = {
  address: '127.0.0.1',
  spawn: (command, args = [], spawnOptions = {}) => spawn(command, args, spawnOptions),
};
