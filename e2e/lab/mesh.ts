// A whole mesh: a controller, and nodes that each run, measure and tunnel for their own chat service. It runs
// the real programs from source, with real enrolment and real benchmarks. Only the behaviour of a node's
// service can be changed from outside.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { type AdminClient, createAdminClient, type LogPage } from '@mesh/protocol';
import { type Fault, withFaults } from '../faults/faults.ts';
import { PERSONAS, type Persona } from './chat-personas.ts';
import { faultClock } from './fault-clock.ts';
import { type MeshHost, MeshProcess, type ProgramOptions } from './mesh-process.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONTROLLER = join(ROOT, 'apps/controller/src/main.ts');
const AGENT = join(ROOT, 'apps/node-agent/src/main.ts');
const CHAT_SERVICE = join(import.meta.dirname, 'chat-service-main.ts');
const SUITE = join(ROOT, 'packages/harness/suites/default.yaml');

export interface MeshOptions<Name extends string> {
  readonly controllerHost: MeshHost;
  readonly hosts: Readonly<Record<Name, MeshHost>>;
  /** A separate folder: databases, keys, logs. */
  readonly workDir: string;
  readonly epochSeconds: number;
  readonly benchmarkSeconds: number;
  readonly tunnel: 'userspace' | 'dry-run';
  readonly maxBenchmarkAgeSeconds?: number;
  readonly leaseSeconds?: number;
  /** The error of a node's clock, in milliseconds. */
  readonly clockErrorMs?: Partial<Readonly<Record<Name, number>>>;
  /** Overrides the default scoring policy. */
  readonly policy?: Readonly<Record<string, unknown>>;
  /** More settings of the controller: limits, groups, … */
  readonly controllerSettings?: Readonly<Record<string, unknown>>;
  /** More settings for single nodes' agents. */
  readonly agentSettings?: Partial<Readonly<Record<Name, Readonly<Record<string, unknown>>>>>;
  /** Mechanisms to switch off, to show that their claims fail without them. */
  readonly faults?: {
    readonly agents?: Partial<Readonly<Record<Name, readonly Fault[]>>>;
    readonly controller?: readonly Fault[];
  };
  /** The class that a node enrols into. */
  readonly classes?: Partial<Readonly<Record<Name, string>>>;
  readonly ports?: { readonly nodes: number; readonly public: number };
}

export interface MeshNode {
  readonly id: string;
  readonly host: MeshHost;
  /** Overlay address, once enrolled. */
  readonly address: string;
  readonly stateDir: string;
  /** The agent's settings. */
  readonly configFile: string;
  readonly agent: MeshProcess;
  /** Changes how the node's chat service behaves, from its next answer on. */
  become(persona: Persona): void;
  /** Starts the agent again after it ended. */
  restartAgent(): Promise<void>;
}

export interface Mesh<Name extends string> {
  readonly admin: AdminClient;
  readonly workDir: string;
  readonly controller: MeshProcess;
  node(name: Name): MeshNode;
  /** The log's entries from `from` onwards. */
  log(from?: number): Promise<LogPage['entries']>;
  /** Starts the controller again after it ended. */
  restartController(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a program of the mesh; its output goes to `NAME.log`. */
type Run = (
  host: MeshHost,
  entry: string,
  args: readonly string[],
  name: string,
  surroundings?: Pick<ProgramOptions, 'nodeArgs' | 'env'>,
) => MeshProcess;

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
    return {
      admin,
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
        await Promise.all(started.map((child) => child.stop()));
      },
    };
  } catch (error) {
    await Promise.all(started.map((child) => child.stop()));
    throw error;
  }
}

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

async function startNode<Name extends string>(
  name: Name,
  host: MeshHost,
  options: MeshOptions<Name>,
  ports: { public: number },
  admin: AdminClient,
  run: Run,
): Promise<MeshNode> {
  const { workDir, controllerHost, tunnel, benchmarkSeconds } = options;
  const folder = join(workDir, name);
  const stateDir = join(folder, 'state');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const rulesFile = join(folder, 'rules.txt');
  const become = (persona: Persona) => writeFileSync(rulesFile, PERSONAS[persona]);
  become('aligned');
  const chat = run(host, CHAT_SERVICE, ['--rules', rulesFile, '--port', '0'], `${name}-chat`);
  await chat.says(/"kind":"ready"/);
  const { url } = JSON.parse(chat.output.trim().split('\n')[0] ?? '{}') as { url: string };

  const at = Object.keys(options.hosts).indexOf(name);
  const config = join(folder, 'agent.json');
  writeFileSync(
    config,
    JSON.stringify({
      state_dir: stateDir,
      runtime_dir: join(folder, 'run'),
      // On one host (no namespaces) names and ports must differ.
      interface: tunnel === 'dry-run' ? `lab-${at}` : 'lab0',
      listen_port: tunnel === 'dry-run' ? 51_820 + at : 51_820,
      tunnel,
      reconcile_seconds: 5,
      wait_seconds: 10,
      probe: { port: tunnel === 'dry-run' ? 0 : 51_871, interval_seconds: 2 },
      measure: {
        source: 'canary',
        interval_seconds: benchmarkSeconds,
        suite_version: 'default/1.0.0',
        canary: { endpoint: url, suite: SUITE, concurrency: 8 },
      },
      ...options.agentSettings?.[name],
    }),
  );
  const { token } = await admin.createToken({
    node_id: name as never,
    ...defined({ class: options.classes?.[name] }),
  });
  const tokenFile = join(folder, 'join-token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const controllerUrl = `https://${controllerHost.address}:${ports.public}`;
  const enrolment = run(
    host,
    AGENT,
    [
      'enrol',
      '--config',
      config,
      '--controller',
      controllerUrl,
      '--node-id',
      name,
      '--token-file',
      tokenFile,
    ],
    `${name}-agent`,
  );
  if ((await enrolment.exited) !== 0) throw new Error(`node ${name} could not enrol: ${enrolment.output}`);
  const clock = faultClock(options.clockErrorMs?.[name] ?? 0);
  const { nodeArgs, env } = withFaults(options.faults?.agents?.[name] ?? []);
  const up = () =>
    run(host, AGENT, ['up', '--config', config, ...clock.args], `${name}-agent`, {
      nodeArgs,
      env: { ...clock.env, ...env },
    });
  let agent = up();
  const enrolled = await until(`node ${name} is known`, 10_000, async () =>
    (await admin.nodes()).nodes.find((node) => String(node.node_id) === name),
  );
  return {
    id: name,
    host,
    address: enrolled.addresses[0] ?? '',
    stateDir,
    configFile: config,
    get agent() {
      return agent;
    },
    become,
    restartAgent: async () => {
      agent = up();
    },
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
