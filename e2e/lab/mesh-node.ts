// A node of a mesh: its chat service and its agent, enrolled with a token of its own.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '@mesh/primitives';
import type { AdminClient } from '@mesh/protocol';
import { withFaults } from '../faults/faults.ts';
import { PERSONAS, type Persona } from './chat-personas.ts';
import { faultClock } from './fault-clock.ts';
import { LabError } from './lab-error.ts';
import type { MeshOptions } from './mesh-options.ts';
import type { MeshHost, MeshProcess, ProgramOptions } from './mesh-process.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const AGENT = join(ROOT, 'apps/node-agent/src/main.ts');
const CHAT_SERVICE = join(import.meta.dirname, 'chat-service-main.ts');
const SUITE = join(ROOT, 'packages/harness/suites/default.yaml');

export interface MeshNode {
  readonly id: string;
  readonly host: MeshHost;
  /** Overlay address, once enrolled. */
  readonly address: string;
  readonly stateDir: string;
  /** The agent's settings. */
  readonly configFile: string;
  readonly agent: MeshProcess;
  /**
   * Changes how the node's chat service behaves, from its next answer on.
   *
   * @throws LabError `bad_option` if the node has none: see `MeshOptions.services`
   */
  become(persona: Persona): void;
  /** Starts the agent again after it ended. */
  restartAgent(): Promise<void>;
}

/** Starts a program of the mesh; its output goes to `NAME.log`. */
export type Run = (
  host: MeshHost,
  entry: string,
  args: readonly string[],
  name: string,
  surroundings?: Pick<ProgramOptions, 'nodeArgs' | 'env'>,
) => MeshProcess;

/** Resolves when the node is enrolled and its agent runs. */
export async function startNode<Name extends string>(
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
  const { become, measure } =
    options.services?.includes(name) === false
      ? measuredByCommand(name)
      : await measuredService(name, host, folder, run);
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
      measure: { interval_seconds: benchmarkSeconds, suite_version: 'default/1.0.0', ...measure },
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

/** What a node's scores come from, as settings of its agent. */
interface Measured extends Pick<MeshNode, 'become'> {
  readonly measure: Readonly<Record<string, unknown>>;
}

/** Starts a chat service and resolves when it answers. */
async function measuredService(name: string, host: MeshHost, folder: string, run: Run): Promise<Measured> {
  const rulesFile = join(folder, 'rules.txt');
  const become = (persona: Persona) => writeFileSync(rulesFile, PERSONAS[persona]);
  become('aligned');
  const chat = run(host, CHAT_SERVICE, ['--rules', rulesFile, '--port', '0'], `${name}-chat`);
  await chat.says(/"kind":"ready"/);
  const { url } = JSON.parse(chat.output.trim().split('\n')[0] ?? '{}') as { url: string };
  return {
    become,
    measure: { source: 'canary', canary: { endpoint: url, suite: SUITE, concurrency: 8 } },
  };
}

function measuredByCommand(name: string): Measured {
  return {
    become: () => {
      throw new LabError('bad_option', `node ${name} has no service: name it in \`services\``);
    },
    measure: { source: 'command', command: { argv: ['echo', '{"scores":{"overall":1}}'] } },
  };
}
