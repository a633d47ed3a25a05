// Two nodes on one machine, each in its own network namespace, like containers. They share /run, and with it
// the folder of WireGuard's sockets and the agents' runtime folder.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, type MeshHost, MeshProcess } from '../lab/index.ts';
import { openTrial, type Trial } from './support/trial.ts';

const NODES = ['one', 'other', 'far'] as const;
type Name = (typeof NODES)[number];
const AGENT = join(import.meta.dirname, '../../apps/node-agent/src/main.ts');

let trial: Trial<Name>;
let neighbour: MeshHost;

/** The network of `other` on the machine of `one`. */
function neighbourOn(lab: Lab): MeshHost {
  const [machine, network] = [lab.node('one'), lab.node('other')];
  const enter = [`--mount=/proc/${machine.pid}/ns/mnt`, `--net=/proc/${network.pid}/ns/net`];
  return {
    name: network.name,
    address: network.address,
    spawn: (command, args = [], options = {}) =>
      spawn('nsenter', [...enter, '--', command, ...args], options),
  };
}

beforeAll(async () => {
  trial = await openTrial<Name>({
    prefix: 'shared',
    subnet: '10.91.0.0/24',
    names: NODES,
    settings: (workDir, lab) => {
      neighbour = neighbourOn(lab);
      const runtime_dir = join(workDir, 'run');
      return {
        services: [],
        hosts: { one: lab.node('one'), other: neighbour, far: lab.node('far') },
        agentSettings: {
          one: { interface: 'one0', runtime_dir },
          other: { interface: 'other0', runtime_dir },
        },
      };
    },
  });
});

afterAll(() => trial?.close());

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const on = async (host: 'one' | 'other', command: string, ...args: string[]) =>
  lines((await trial.lab.node(host).exec(command, args)).stdout);
const publicKeyOf = async (name: string) => (await on('one', 'wg', 'show', name, 'public-key'))[0];

/** Runs the agent of `other` with these arguments. */
function agentOfOther(host: MeshHost, ...args: string[]): MeshProcess {
  const { configFile } = trial.mesh.node('other');
  return new MeshProcess({
    host,
    entry: AGENT,
    args: [...args, '--config', configFile],
    logFile: join(trial.workDir, 'other-again.log'),
  });
}

/** `mesh-agent down` of `other`: its exit code, with what it said in case that is another one. */
async function down(host: MeshHost, ...args: string[]) {
  const process = agentOfOther(host, 'down', ...args);
  return { exitCode: await process.exited, said: process.output };
}
const DONE = { exitCode: 0 };

describe('two nodes on one machine', () => {
  it('have their own tunnels, also to each other; `down` of one leaves the other as it was', async () => {
    expect(await on('one', 'ls', '/run/wireguard')).toEqual(['one0.sock', 'other0.sock']);
    const fromMs = Date.now();
    expect(await down(neighbour)).toMatchObject(DONE);
    expect(await trial.mesh.node('other').agent.exited).toBe(0);
    expect(await on('one', 'ls', '/run/wireguard')).toEqual(['one0.sock']);
    expect(await on('other', 'nft', 'list', 'tables')).toEqual([]);
    expect((await on('one', 'nft', 'list', 'tables')).sort()).toEqual([
      'table inet mesh-one0',
      'table inet meshhost-one0',
    ]);
    expect(await trial.loss(['one', 'far'], fromMs)).toMatchObject({ lost: 0 });
  });

  it('may not use one name for two interfaces: the second is refused, and the first keeps its key', async () => {
    const fromMs = Date.now();
    const key = await publicKeyOf('one0');
    const second = agentOfOther(neighbour, 'up', '--interface', 'one0');
    await second.says('choose another interface name', 120_000);
    await second.stop();
    expect(await down(neighbour, '--interface', 'one0')).toMatchObject(DONE);
    expect(await publicKeyOf('one0')).toBe(key);
    expect(await trial.loss(['one', 'far'], fromMs)).toMatchObject({ lost: 0 });
  });

  it('may not share a network namespace for one overlay: the second reports it, and leaves nothing', async () => {
    const fromMs = Date.now();
    const second = agentOfOther(trial.lab.node('one'), 'up', '--listen-port', '51900');
    await second.says('is already routed to one0', 120_000);
    await second.stop();
    expect(await down(trial.lab.node('one'))).toMatchObject(DONE);
    expect(await on('one', 'ls', '/run/wireguard')).toEqual(['one0.sock']);
    expect((await on('one', 'nft', 'list', 'tables')).sort()).toEqual([
      'table inet mesh-one0',
      'table inet meshhost-one0',
    ]);
    expect(await trial.loss(['one', 'far'], fromMs)).toMatchObject({ lost: 0 });
  });
});
