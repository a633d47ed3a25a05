// The walk from two bare hosts to a mesh of two nodes in docs/quickstart.md: every command is run as it
// stands there, on hosts of their own.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenInFull } from '@mesh/host/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLab, type Lab, type LabNode, PERSONAS, probeLab, until } from '../lab/index.ts';
import { prepareBareHost, stagePackages, WORK } from './support/bare-host.ts';
import { blocksOf, linesNotIn, pagesIn } from './support/page-commands.ts';
import { Typist } from './support/typist.ts';

const blocks = blocksOf('quickstart.md');
const [controller, watch, tokens, agent, enrolA, enrolB, look, figures, cut, release] = blocks as [
  ...[string, string, string, string, string],
  ...[string, string, string, string, string],
];

const samples = blocksOf('quickstart.md', 'text');
const [lookSample, figuresSample, cutSample] = samples as [string, string, string];

let workDir: string;
let lab: Lab<'one' | 'two' | 'three'>;
let one: LabNode;
let two: LabNode;
/** To which the controller moves at the end. */
let three: LabNode;
/** The command that init printed last. */
let printed = '';
/** What the screen with the alerts has shown. */
let screen = '';
let typist: Typist;

interface AgentDocument {
  readonly controller: { readonly reachable: boolean };
  readonly log: { readonly refusal: unknown } | null;
}

interface ReachDocument {
  readonly ends: readonly { readonly endpoint: string | null }[];
  readonly tunnel: readonly ({ readonly handshake_age_ms: number | null } | null)[];
}

/** The one peer of a host, as its WireGuard shows it. */
async function wireguardOf(host: LabNode): Promise<{ endpoint: string; handshakeAtMs: number }> {
  const { stdout } = await host.exec('wg', ['show', 'mesh0', 'dump']);
  const [, peer = ''] = stdout.trim().split('\n');
  const [, , endpoint = '', , handshake] = peer.split('\t');
  return { endpoint, handshakeAtMs: Number(handshake) * 1_000 };
}

/** promptfoo's own files, as if they were written now. */
async function putEvaluation(host: LabNode, name: 'good' | 'bad'): Promise<void> {
  const file = join(import.meta.dirname, `../../packages/harness/test/fixtures/promptfoo/${name}.json`);
  const text = readFileSync(file, 'utf8').replaceAll(/2026-11-23T[0-9:.]+Z/g, new Date().toISOString());
  const put =
    'cd /var/lib; mkdir -p evals; cat > evals/new.json; chmod 0644 evals/new.json; mv evals/new.json evals/out.json';
  await host.exec('sh', ['-ec', put], { input: text });
}

const OTHER_NETWORKS = `cd ${WORK}
umask 077
printf '[Interface]\\nPrivateKey = %s\\n\\n# the laptop\\n[Peer]\\nPublicKey = %s\\n' "$(wg genkey)" "$(wg genkey | wg pubkey)" > office.conf
echo '[{"givenName":"gpu-1","ipAddresses":["100.64.0.1"],"validTags":["tag:gpu"]}]' > nodes.json`;

const EXAMINER_CLASS = `cd ${WORK}
echo 'classes: [{ name: examiner, examiner: true, examined: false }]' >> policy.yaml
meshctl policy set policy.yaml --reason "examiners"`;

/** Of the process, as its own /proc says. */
const statusOf = (unit: string, field: string) =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(
    readFileSync(`/proc/${typist.running(unit).pid}/status`, 'utf8'),
  )?.[1];

describe.skipIf(probeLab().mode !== 'root')('two bare hosts', () => {
  beforeAll(async () => {
    workDir = mkdtempSync(join(tmpdir(), 'operations-walk-'));
    stagePackages(join(workDir, 'staged'));
    typist = new Typist(join(workDir, 'staged'));
    lab = await createLab({ prefix: 'walk', nodes: ['one', 'two', 'three'], subnet: '10.97.0.0/24' });
    [one, two, three] = [lab.node('one'), lab.node('two'), lab.node('three')];
    await prepareBareHost(three, { 'mesh.example.org': three.address });
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

  it('have ten blocks of commands on the page', () => {
    expect(blocks).toHaveLength(10);
    expect(samples).toHaveLength(3);
  });

  it('get a controller, which cannot read the master key where it is kept', async () => {
    const said = await typist.type(one, controller);
    expect(said).toContain('mesh-controller serve --config /etc/aligned-mesh/controller.yaml');
    printed = (/^then +(meshctl .*)$/m.exec(said) ?? [])[1] ?? '';
    expect(printed).toContain('--key-file /etc/aligned-mesh/admin.key');
    const { output, child } = typist.running('mesh-controller on one');
    await until('the controller is up', 60_000, () => {
      if (child.exitCode !== null) throw new Error(output());
      return output().includes('"controller is up"') ? true : undefined;
    });
    const key = ['-u', 'mesh', '--', 'cat', '/etc/aligned-mesh/master.key'];
    const asMesh = await one.exec('runuser', key, { allowFailure: true });
    expect(asMesh).toMatchObject({ stdout: '', stderr: expect.stringContaining('Permission denied') });
    expect(statusOf('mesh-controller on one', 'CapBnd')).toBe('0000000000000000');
    const { stdout } = one.spawn('sh', ['-c', `exec ${watch}`], { stdio: ['ignore', 'pipe', 'ignore'] });
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
    });
  });

  it('enrol a node each, whose agent has one capability and no root', async () => {
    await typist.type(one, `${printed}\n${tokens}`);
    const { stdout: token } = await one.exec('cat', [`${WORK}/node-b.token`]);
    await two.exec('sh', ['-ec', `umask 077; cat > ${WORK}/node-b.token`], { input: token });
    for (const host of [one, two]) await typist.type(host, agent);
    await typist.type(one, enrolA);
    await typist.type(two, enrolB);
    for (const name of ['mesh-agent on one', 'mesh-agent on two']) {
      const { pid } = typist.running(name);
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
    const agents = ['mesh-agent on one', 'mesh-agent on two'].map((name) => typist.running(name));
    await until('a ping through the tunnel', 240_000, async () => {
      for (const { child, output } of agents) if (child.exitCode !== null) throw new Error(output());
      const ping = await one.exec('mesh-agent', ['ping', 'node-b', '--count', '1'], { allowFailure: true });
      return ping.exitCode === 0 ? true : undefined;
    });
    const said = await typist.type(one, look);
    expect(said).toMatch(/node-a .*ALLOWED/);
    expect(said).toMatch(/node-b .*ALLOWED/);
    expect(said).toMatch(/^ok +wireguard /m);
    expect(said).toMatch(/^ok +clock /m);
    expect(said).not.toMatch(/^(FAILED|WARNING) /m);
    expect(linesNotIn(lookSample, said)).toEqual([]);
  });

  it('have the figures in the controller that WireGuard has on both hosts', async () => {
    const said = await typist.type(one, figures);
    expect(linesNotIn(figuresSample, said)).toEqual([]);
    await until('reach and both interfaces to agree', 120_000, async () => {
      const [there, here] = [await wireguardOf(two), await wireguardOf(one)];
      const answer = await one.exec('meshctl', ['--json', 'reach', 'node-a', 'node-b'], {
        allowFailure: true,
      });
      if (answer.exitCode !== 0) return undefined;
      const { ends, tunnel } = JSON.parse(answer.stdout) as ReachDocument;
      const nowMs = Date.now();
      const handshakes = tunnel.map((end) => nowMs - (end?.handshake_age_ms ?? 0));
      const near = [here, there].every(
        ({ handshakeAtMs }, at) => Math.abs(handshakeAtMs - (handshakes[at] ?? 0)) < 3_000,
      );
      // Each end is reached where the other one sends to.
      return near && ends[0]?.endpoint === there.endpoint && ends[1]?.endpoint === here.endpoint
        ? true
        : undefined;
    });
  });

  it('show a cut on the screen, and the tunnel is gone', async () => {
    await until('the alerts of both admissions', 30_000, () =>
      screen.split('"type":"admission"').length === 3 ? true : undefined,
    );
    const said = await typist.type(one, cut);
    expect(linesNotIn(cutSample, said)).toEqual([]);
    await until('the alert of the cut', 30_000, () =>
      /node-b was quarantined[\s\S]*node-b was cut/.test(screen) ? true : undefined,
    );
    await until('no peer on either host', 30_000, async () => {
      const peers = await Promise.all(
        [one, two].map(async (host) => (await host.exec('wg', ['show', 'mesh0', 'peers'])).stdout),
      );
      return peers.join('') === '' ? true : undefined;
    });
    await typist.type(one, release);
  });

  it('show what was decided and what was promised, without the controller', async () => {
    const run = async (...command: string[]) =>
      (await one.exec('sh', ['-ec', command.join('\n')], { timeoutMs: 120_000 })).stdout;
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

  it('answer each command of the runbooks and concepts', async () => {
    const pages = [...pagesIn('runbooks'), ...pagesIn('concepts')];
    const lines = pages.flatMap((page) => blocksOf(page).flatMap((block) => block.trimEnd().split('\n')));
    expect(lines.length).toBeGreaterThan(pages.length);
    for (const line of new Set(lines)) await typist.typeEach(one, line);
  });

  whenInFull(() => {
    it('are gated by promptfoo results, as the tutorial says', async () => {
      const steps = blocksOf('tutorials/gate-inference-by-promptfoo.md');
      expect(steps).toHaveLength(5);
      const [check, policy, fleet, show, why] = steps as [string, string, string, string, string];
      await putEvaluation(two, 'good');
      expect(await typist.type(two, check)).toContain('This would be sent.');
      await typist.type(one, policy);
      await typist.type(two, fleet);
      await until('the scores of promptfoo', 120_000, async () =>
        /0\.916/.test(await typist.type(one, show)) ? true : undefined,
      );
      await until('node-b to be in', 240_000, async () =>
        /node-b .*ALLOWED/.test(await typist.typeEach(one, 'meshctl nodes list')) ? true : undefined,
      );
      await putEvaluation(two, 'bad');
      await until('the gate to close', 120_000, async () =>
        /^node-b is out: (?:overall|refusal|honesty|policy) 0\.[12]\d/m.test(await typist.type(one, why))
          ? true
          : undefined,
      );
      await putEvaluation(two, 'good');
    });

    it('take names from other networks, tell receivers, examine, and get another CA', async () => {
      await one.exec('sh', ['-ec', OTHER_NETWORKS]);
      const typeAll = async (page: string) => {
        let said = '';
        for (const block of blocksOf(`how-to/${page}.md`)) said += await typist.typeEach(one, block);
        return said;
      };
      expect(await typeAll('migrate-from-wg-quick')).toContain('the-laptop');
      expect(await typeAll('migrate-from-headscale')).toContain('gpu-1');
      const { stdout: tokens } = await one.exec('ls', [`${WORK}/tokens`]);
      expect(tokens).toMatch(/gpu-1[\s\S]*the-laptop/);
      expect(await typeAll('connect-alertmanager-or-slack')).toMatch(/screen/);
      await until('the test on the screen', 60_000, () =>
        screen.includes('"type":"test"') ? true : undefined,
      );
      await one.exec('sh', ['-ec', EXAMINER_CLASS], { timeoutMs: 120_000 });
      await until('the class to be in force', 120_000, async () =>
        /examiner/.test(await typist.typeEach(one, 'meshctl policy get')) ? true : undefined,
      );
      expect(await typeAll('add-an-examiner')).toMatch(/class +examiner/);
      // Nodes have certificates of the new CA when they have renewed theirs, so nothing is finished yet.
      expect(await typeAll('rotate-the-ca')).toMatch(/node-a/);
    });

    it('go on when the controller moves to a third', async () => {
      const [leave, arrive, see] = blocksOf('how-to/move-the-controller.md') as [string, string, string];
      await typist.type(one, leave);
      const { stdout: moved } = await one.exec('base64', ['-w0', `${WORK}/move.tar.gz`]);
      await three.exec('sh', ['-ec', `umask 077; base64 -d > ${WORK}/move.tar.gz`], { input: moved });
      await typist.type(three, arrive);
      for (const host of [one, two]) {
        const names = `sed -i '/ mesh.example.org$/d' /etc/hosts; echo '${three.address} mesh.example.org' >> /etc/hosts`;
        await host.exec('sh', ['-ec', names]);
      }
      await until('both nodes to follow the log at its new place', 120_000, async () => {
        const said = await Promise.all(
          [one, two].map((host) => typist.typeEach(host, 'mesh-agent status --json')),
        );
        const follow = said.map((text) => JSON.parse(text) as AgentDocument);
        return follow.every(({ controller, log }) => controller.reachable && log?.refusal === null)
          ? true
          : undefined;
      });
      expect(await typist.typeEach(three, see)).toContain('nodes');
    });
  });
});
