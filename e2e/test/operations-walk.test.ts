// The walk from two bare hosts to a mesh of two nodes in docs/operations.md: every command is run as it
// stands there, on hosts of their own.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLab, type Lab, type LabNode, PERSONAS, probeLab, until } from '../lab/index.ts';
import { installPackages, prepareBareHost, stagePackages, WORK } from './support/bare-host.ts';
import { type RunningUnit, runUnit } from './support/run-unit.ts';

const operations = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
const section = /\n### Two hosts, one mesh\n([\s\S]*?)\n### /.exec(operations)?.[1] ?? '';
const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text);
const [controller, tokens, agent, enrolA, enrolB, look] = blocks as [
  string,
  string,
  string,
  string,
  string,
  string,
];

let workDir: string;
let lab: Lab<'one' | 'two'>;
let one: LabNode;
let two: LabNode;
/** The command that init printed last. */
let printed = '';
const units = new Map<string, RunningUnit>();

/**
 * Types a block. `apt install` begins it, and `systemctl enable --now` ends it, with a unit that is
 * installed.
 */
async function type(host: LabNode, block: string): Promise<string> {
  const [install = ''] = /^apt install .*\n/.exec(block) ?? [];
  if (install !== '') await installPackages(host, join(workDir, 'staged'), install);
  const [commands = '', unit] = block.slice(install.length).split(/^systemctl enable --now (\S+)\n$/m);
  const { stdout } = await host.exec('sh', ['-ec', `cd ${WORK}\n${commands}`], { timeoutMs: 120_000 });
  if (unit !== undefined) units.set(`${unit} on ${host.name}`, await runUnit(host, unit));
  return stdout;
}

function running(unit: string): RunningUnit {
  const found = units.get(unit);
  if (found === undefined) throw new Error(`nothing has started ${unit}`);
  return found;
}

/** Of the process, as its own /proc says. */
const statusOf = (unit: string, field: string) =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${running(unit).pid}/status`, 'utf8'))?.[1];

describe.skipIf(probeLab().mode !== 'root')('two bare hosts', () => {
  beforeAll(async () => {
    workDir = mkdtempSync(join(tmpdir(), 'operations-walk-'));
    stagePackages(join(workDir, 'staged'));
    lab = await createLab({ prefix: 'walk', nodes: ['one', 'two'], subnet: '10.97.0.0/24' });
    [one, two] = [lab.node('one'), lab.node('two')];
    const rules = join(workDir, 'rules.txt');
    writeFileSync(rules, PERSONAS.aligned);
    for (const host of [one, two]) {
      await prepareBareHost(host, { 'mesh.example.org': one.address });
      const service = join(import.meta.dirname, '../lab/chat-service-main.ts');
      const args = ['--conditions=@mesh/source', service, '--rules', rules, '--port', '8000'];
      host.spawn(process.execPath, args, { stdio: 'ignore' });
    }
  });

  afterAll(async () => {
    await lab?.destroy();
    rmSync(workDir, { recursive: true, force: true });
  });

  it('have six blocks of commands in the document', () => {
    expect(blocks).toHaveLength(6);
  });

  it('get a controller, which cannot read the master key where it is kept', async () => {
    const said = await type(one, controller);
    expect(said).toContain('mesh-controller serve --config /etc/aligned-mesh/controller.yaml');
    printed = (/^then +(meshctl .*)$/m.exec(said) ?? [])[1] ?? '';
    expect(printed).toContain('--key-file /etc/aligned-mesh/admin.key');
    const { output, child } = running('mesh-controller on one');
    await until('the controller is up', 60_000, () => {
      if (child.exitCode !== null) throw new Error(output());
      return output().includes('"controller is up"') ? true : undefined;
    });
    const key = ['-u', 'mesh', '--', 'cat', '/etc/aligned-mesh/master.key'];
    const asMesh = await one.exec('runuser', key, { allowFailure: true });
    expect(asMesh).toMatchObject({ stdout: '', stderr: expect.stringContaining('Permission denied') });
    expect(statusOf('mesh-controller on one', 'CapBnd')).toBe('0000000000000000');
  });

  it('enrol a node each, whose agent has one capability and no root', async () => {
    await type(one, `${printed}\n${tokens}`);
    const { stdout: token } = await one.exec('cat', [`${WORK}/node-b.token`]);
    await two.exec('sh', ['-ec', `umask 077; cat > ${WORK}/node-b.token`], { input: token });
    for (const host of [one, two]) await type(host, agent);
    await type(one, enrolA);
    await type(two, enrolB);
    for (const name of ['mesh-agent on one', 'mesh-agent on two']) {
      const { pid } = running(name);
      await until(`${name} is what runs`, 30_000, () =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/usr/lib/aligned-mesh-agent/node')
          ? true
          : undefined,
      );
      expect(statusOf(name, 'CapEff')).toBe('0000000000001000');
      expect(statusOf(name, 'CapBnd')).toBe('0000000000001000');
      expect(statusOf(name, 'Uid')).not.toMatch(/\b0\b/);
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
      expect(limits).toMatch(/^Max core file size +0 +0 /m);
    }
  });

  it('are a mesh: node-a reaches node-b through its tunnel, and nothing is left to mend', async () => {
    const agents = ['mesh-agent on one', 'mesh-agent on two'].map(running);
    await until('a ping through the tunnel', 240_000, async () => {
      for (const { child, output } of agents) if (child.exitCode !== null) throw new Error(output());
      const ping = await one.exec('mesh-agent', ['ping', 'node-b', '--count', '1'], { allowFailure: true });
      return ping.exitCode === 0 ? true : undefined;
    });
    const said = await type(one, look);
    expect(said).toMatch(/node-a .*ALLOWED/);
    expect(said).toMatch(/node-b .*ALLOWED/);
    expect(said).toMatch(/^ok +wireguard /m);
    expect(said).toMatch(/^ok +clock /m);
    expect(said).not.toMatch(/^(FAILED|WARNING) /m);
  });

  it('show what was decided and what was promised, without the controller', async () => {
    const run = async (...command: string[]) => (await one.exec('sh', ['-ec', command.join('\n')])).stdout;
    const receipts = JSON.parse(await run('runuser -u mesh-agent -- mesh-agent receipts check --json')) as {
      outcome: string;
    }[];
    expect(new Set(receipts.map(({ outcome }) => outcome))).toContain('kept');
    expect(receipts.map(({ outcome }) => outcome)).not.toContain('broken');
    const told = JSON.parse(await run('runuser -u mesh-agent -- mesh-agent receipts told --json')) as {
      outcome: string;
    }[];
    expect(told.length).toBeGreaterThan(0);
    expect(told.filter(({ outcome }) => outcome === 'not_in_log' || outcome === 'gone')).toEqual([]);
    const proof = `${WORK}/proof.json`;
    expect(await run(`meshctl audit prove node-a -o ${proof}`)).toMatch(/verdict: proven\n$/);
    const { verifier_keys: keys } = JSON.parse(await run('meshctl --json log key')) as {
      verifier_keys: string[];
    };
    const known = keys.map((key) => `--log-key '${key}'`).join(' ');
    const offline = `meshctl --socket /nowhere audit verify ${proof} ${known}`;
    expect(await run(offline)).toMatch(/^node_admitted of node-a /);
    const exported = await run('meshctl audit export 2>/dev/null');
    expect(exported).toContain('"type":"node_admitted"');
  });

  it('hear from doctor when another network takes a part of the overlay (control)', async () => {
    await two.exec('sh', ['-ec', 'ip link add br9 type bridge && ip address add 10.77.9.1/24 dev br9']);
    const doctor = (look.match(/^setpriv .*$/m) ?? [''])[0];
    const { stdout } = await two.exec('sh', ['-c', doctor], { allowFailure: true });
    expect(stdout).toMatch(/^WARNING +overlay +the address 10\.77\.9\.1\/24 on br9/m);
  });
});
