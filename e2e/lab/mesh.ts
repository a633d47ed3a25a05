// A whole mesh: a controller, and nodes that each run, measure and tunnel for their own chat service. It runs
// the real programs from source, with real enrolment and real benchmarks. Only the behaviour of a node's
// service can be changed from outside.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { type AdminClient, createAdminClient, type LogPage } from '@mesh/protocol';
import { withFaults } from '../faults/faults.ts';
import { notingSecrets } from './leaks/handed-out.ts';
import { MeshLeaks } from './leaks/mesh-leaks.ts';
import { type MeshNode, type Run, startNode } from './mesh-node.ts';
import type { MeshOptions } from './mesh-options.ts';
import { type MeshHost, MeshProcess } from './mesh-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONTROLLER = join(ROOT, 'apps/controller/src/main.ts');

export interface Mesh<Name extends string> {
  readonly admin: AdminClient;
  readonly workDir: string;
  readonly controller: MeshProcess;
  node(name: Name): MeshNode;
  /** The log's entries from `from` onwards. */
  log(from?: number): Promise<LogPage['entries']>;
  /** Starts the controller again after it ended. */
  restartController(): Promise<void>;
  /**
   * Ends all programs, and looks for the mesh's secrets where they do not belong.
   *
   * @throws LabError `leaked`
   */
  stop(): Promise<void>;
}

/** Starts everything; resolves when all nodes are enrolled and their agents run. */
export async function startMesh<const Name extends string>(options: MeshOptions<Name>): Promise<Mesh<Name>> {
  const { workDir, controllerHost } = options;
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const started: MeshProcess[] = [];
  const run: Run = (host, entry, args, name, { nodeArgs = [], env = {} } = {}) => {
    const logFile = join(workDir, `${name}.log`);
    const child = new MeshProcess({ host, entry, args, nodeArgs, env, logFile });
    started.push(child);
    return child;
  };
  const controllerFaults = withFaults(options.faults?.controller ?? []);
  const ports = options.ports ?? { nodes: 8443, public: 8444 };
  const configFile = join(workDir, 'controller.json');
  writeFileSync(configFile, JSON.stringify(controllerConfig(options, ports)));
  const init = run(controllerHost, CONTROLLER, ['init', '--config', configFile], 'controller');
  if ((await init.exited) !== 0) throw new Error(`the controller could not be initialised: ${init.output}`);
  const serve = async () => {
    const child = run(
      controllerHost,
      CONTROLLER,
      ['serve', '--config', configFile],
      'controller',
      controllerFaults,
    );
    await child.says('controller is up', 60_000);
    return child;
  };
  try {
    let controller = await serve();
    const admin = createAdminClient({
      baseUrl: 'http://controller',
      fetch: createSocketFetch(join(workDir, 'controller', 'admin.sock')),
    });
    const names = Object.keys(options.hosts) as Name[];
    const nodes = new Map<Name, MeshNode>();
    await Promise.all(
      names.map(async (name) => {
        nodes.set(name, await startNode(name, options.hosts[name], options, ports, admin, run));
      }),
    );
    const leaks = new MeshLeaks(
      workDir,
      names,
      (name) => rootOf(options.hosts[name as Name]),
      options.epochSeconds * 1_000,
    );
    return {
      admin: notingSecrets(admin, (secrets) => leaks.note(secrets)),
      workDir,
      get controller() {
        return controller;
      },
      node: (name) => {
        const node = nodes.get(name);
        if (node === undefined) throw new Error(`no node ${name}`);
        return node;
      },
      log: (from = 0) => wholeLog(admin, from),
      restartController: async () => {
        controller = await serve();
      },
      stop: async () => {
        await leaks.look(started.filter(({ isRunning }) => isRunning).map(({ pid }) => pid));
        await Promise.all(started.map((child) => child.stop()));
        leaks.refuse();
      },
    };
  } catch (error) {
    await Promise.all(started.map((child) => child.stop()));
    throw error;
  }
}

const rootOf = ({ pid }: MeshHost): string => (pid === undefined ? '/' : `/proc/${pid}/root`);

function controllerConfig<Name extends string>(
  options: MeshOptions<Name>,
  ports: { nodes: number; public: number },
) {
  const { workDir, controllerHost, epochSeconds, maxBenchmarkAgeSeconds, leaseSeconds, policy } = options;
  return {
    mesh_id: 'lab',
    data_dir: join(workDir, 'controller'),
    master_key_file: join(workDir, 'master.key'),
    public_names: [controllerHost.address],
    nodes_url: `https://${controllerHost.address}:${ports.nodes}`,
    nodes: { port: ports.nodes },
    public: { port: ports.public },
    networks: ['10.88.0.0/24'],
    epoch_seconds: epochSeconds,
    limits: { node_per_minute: 6000, submissions_per_minute: 6000, address_per_minute: 6000 },
    ...defined({ max_benchmark_age_seconds: maxBenchmarkAgeSeconds, lease_seconds: leaseSeconds, policy }),
    ...options.controllerSettings,
  };
}

async function wholeLog(admin: AdminClient, from: number): Promise<LogPage['entries']> {
  const entries: LogPage['entries'] = [];
  for (let next = from; ; ) {
    const page = await admin.log({ from: next, limit: 1000 });
    entries.push(...page.entries);
    next = from + entries.length;
    if (page.entries.length === 0 || next >= page.size) return entries;
  }
}
