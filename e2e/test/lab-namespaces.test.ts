// Labs on this machine's real namespaces and real WireGuard. If no lab can be made, these tests fail with the
// list of what is missing: an end-to-end test that silently did not run would be worthless.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { variants } from '@mesh/host/test-kit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createLab,
  describeMissing,
  type Lab,
  LabError,
  type LabNode,
  type LabProbe,
  probeLab,
} from '../lab/index.ts';
import { labMark, markedProcesses, networkNamespaceOf } from '../lab/lab-processes.ts';
import { findCommand } from '../lab/system-path.ts';

const open: Lab<string>[] = [];

async function lab<const Name extends string>(...nodes: Name[]): Promise<Lab<Name>> {
  const created = await createLab({ prefix: 'lab-test', nodes });
  open.push(created as unknown as Lab<string>);
  return created;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((created) => created.destroy()));
});

/** Replies to `count` pings sent 50 ms apart. */
async function replies(from: LabNode, to: string, count: number) {
  const { stdout } = await from.exec('ping', ['-n', '-c', `${count}`, '-i', '0.05', '-W', '0.3', to], {
    allowFailure: true,
  });
  return Number(/(\d+) received/.exec(stdout)?.[1]);
}

describe('probeLab', () => {
  it('finds everything that a lab needs on this machine', () => {
    const { mode, missing, remedies } = probeLab();
    expect(missing, describeMissing(missing, remedies)).toEqual([]);
    expect(mode).not.toBe('none');
  });

  it.each([
    { hidden: 'wireguard-go', missing: 'command wireguard-go', remedy: /apt-get install wireguard-go/ },
    { hidden: 'nft', missing: 'command nft', remedy: /apt-get install nftables/ },
    { hidden: '/dev/net/tun', missing: '/dev/net/tun (it cannot be opened)', remedy: /modprobe tun/ },
  ])('reports a missing $hidden, with the remedy', ({ hidden, missing, remedy }) => {
    const probe = probeWithout(hidden);
    expect(probe.mode).toBe('none');
    expect(probe.missing).toEqual([missing]);
    expect(probe.remedies).toEqual([expect.stringMatching(remedy)]);
  });
});

/** A probe in its own mount namespace, in which something useless covers `hidden`. */
function probeWithout(hidden: string): LabProbe {
  const index = JSON.stringify(join(import.meta.dirname, '../lab/index.ts'));
  const program = `import { probeLab } from ${index}; process.stdout.write(JSON.stringify(probeLab()));`;
  const cover = 'mount --bind /dev/null "$0" && exec "$@"';
  const node = [process.execPath, '--conditions=@mesh/source', '--input-type=module', '-e', program];
  const args = ['--mount', 'sh', '-c', cover, findCommand(hidden) ?? hidden, ...node];
  return JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' }));
}

describe('createLab', () => {
  it('joins its hosts by an underlay', async () => {
    const { node } = await lab('a', 'b');
    expect(await replies(node('a'), node('b').address, 3)).toBe(3);
    expect(await replies(node('b'), node('a').address, 3)).toBe(3);
  });

  it('gives each host its own /run/wireguard, which lasts from one command to the next', async () => {
    const { node } = await lab('a', 'b');
    await node('a').exec('touch', ['/var/run/wireguard/mark']);
    expect((await node('a').exec('ls', ['/run/wireguard'])).stdout).toBe('mark\n');
    expect((await node('b').exec('ls', ['/run/wireguard'])).stdout).toBe('');
  });

  it('spawns processes under their own process id, in the given directory', async () => {
    const { node } = await lab('a');
    const child = node('a').spawn('sh', ['-c', 'echo $$ $(pwd); exec sleep 60'], {
      cwd: '/usr',
      stdio: 'pipe',
    });
    const line = await new Promise((resolve) =>
      child.stdout?.once('data', (text) => resolve(String(text).trim())),
    );
    expect(line).toBe(`${child.pid} /usr`);
    expect(node('a').processes()).toEqual([child.pid]);
    const signal = new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
    child.kill('SIGKILL');
    expect(await signal).toBe('SIGKILL');
  });

  it('reports a failed command with its output, and a command that takes too long', async () => {
    const { node } = await lab('a');
    await expect(node('a').exec('ls', ['/nowhere'])).rejects.toThrow(/No such file/);
    await expect(node('a').exec('sh', ['-c', 'sleep 60 & wait'], { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'timed_out',
    });
    expect(node('a').processes()).toEqual([]);
    expect(
      (await node('a').exec('sh', ['-c', 'cat; exit 3'], { input: 'in', allowFailure: true })).exitCode,
    ).toBe(3);
  });

  it.each([
    { prefix: 'no/slash', nodes: ['a'] },
    { prefix: 'lab-test', nodes: ['a', 'a'] },
    { prefix: 'lab-test', nodes: [] },
    { prefix: 'lab-test', nodes: ['much-too-long-a-name'] },
    { prefix: 'lab-test', nodes: ['a'], subnet: '10.0.0.0/8' },
    { prefix: 'lab-test', nodes: ['a'], subnet: '10.0.300.0/24' },
  ])('refuses bad options %j', async (options) => {
    await expect(createLab(options)).rejects.toMatchObject({ code: 'bad_option' });
  });

  it('refuses hosts that it does not have', async () => {
    const { node } = (await lab('a')) as unknown as Lab<string>;
    expect(() => node('z')).toThrow(LabError);
  });
});

describe('cut and heal', () => {
  it.each(variants<'nftables' | 'link'>(['nftables'], ['link']))(
    'cuts a host off by %s and joins it again',
    async (by) => {
      const { node, cut, heal } = await lab('a', 'b', 'c');
      await cut('a', { by });
      await cut('a', { by }); // a second cut is no error
      expect(await replies(node('a'), node('b').address, 3)).toBe(0);
      expect(await replies(node('c'), node('a').address, 3)).toBe(0);
      expect(await replies(node('b'), node('c').address, 3)).toBe(3);
      await heal('a');
      await heal('a');
      await expect.poll(() => replies(node('a'), node('b').address, 3), { timeout: 10_000 }).toBe(3);
    },
  );

  it('cuts a single path and leaves the others', async () => {
    const { node, cut, heal } = await lab('a', 'b', 'c');
    await cut('a', { from: 'c' });
    expect(await replies(node('a'), node('c').address, 3)).toBe(0);
    expect(await replies(node('a'), node('b').address, 3)).toBe(3);
    await heal('a', { from: 'c' });
    await expect.poll(() => replies(node('a'), node('c').address, 3), { timeout: 10_000 }).toBe(3);
  });
});

describe('the end of a lab', () => {
  // What a lab must never make outside its own namespaces; other programs' links may come and go meanwhile.
  const outside = () => ({
    links: namesIn('/sys/class/net').filter((name) => /^(to-|underlay|wg0)/.test(name)),
    names: namesIn('/run/netns').filter((name) => name.includes('lab-test')),
  });

  it('leaves no process, no namespace, no link, even of programs that ignore SIGTERM or became daemons', async () => {
    const created = await lab('a', 'b');
    const [a, b] = [created.node('a'), created.node('b')];
    a.spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' });
    await b.exec('sh', ['-c', 'setsid sleep 600 >/dev/null 2>&1 &']);
    await b.exec('wireguard-go', ['wg0']);
    expect(outside()).toEqual({ links: [], names: [] });
    const inside = [a.pid, b.pid, ...a.processes(), ...b.processes()];
    expect(inside.length).toBeGreaterThanOrEqual(5);
    expect(markedProcesses(labMark('lab-test'))).toEqual(expect.arrayContaining(inside));

    await created.destroy();
    expect(inside.filter(isAlive)).toEqual([]);
    expect(markedProcesses(labMark('lab-test'))).toEqual([]);
    expect(outside()).toEqual({ links: [], names: [] });
    await created.destroy(); // a second call is no error
    expect(() => created.node('a')).toThrow(/destroyed/);
  });

  it.each(
    variants<[how: string, ending: string, outcome: number | string]>(
      [
        ['throws', 'throw new Error("broken");', 1],
        ['is killed', 'process.kill(process.pid, "SIGKILL");', 'SIGKILL'],
      ],
      [
        ['exits', 'process.exit(7);', 7],
        ['is interrupted', 'process.kill(process.pid, "SIGINT");', 'SIGINT'],
        ['is terminated', 'process.kill(process.pid, "SIGTERM");', 'SIGTERM'],
      ],
    ),
  )('comes when its owner %s', async (_, ending, outcome) => {
    const owner = ownerThat(ending, 'lab-owner');
    const inside = await owner.inside;
    expect(inside).toHaveLength(2);
    expect(await owner.ended).toBe(outcome);
    await expect.poll(() => inside.filter(isAlive), { timeout: 5_000 }).toEqual([]);
  });

  it('comes at the next start if owner and holders were killed, and only then', async () => {
    // A prefix for this run only: another run of these tests on this machine would sweep the same leftovers.
    const prefix = `lab-orphan-${process.pid}`;
    const living = ownerThat('', prefix);
    try {
      const livingInside = await living.inside; // its own sweep is over
      // The holders are killed first, so nobody is left to notice the owner's death.
      const owner = ownerThat(
        'process.kill(node.pid, "SIGKILL"); process.kill(process.pid, "SIGKILL");',
        prefix,
      );
      const [, daemon] = await owner.inside;
      await owner.ended;
      expect(isAlive(daemon ?? 0)).toBe(true);

      await lab('a'); // another prefix must not touch them
      expect(isAlive(daemon ?? 0)).toBe(true);

      const next = await createLab({ prefix, nodes: ['a'] });
      open.push(next as unknown as Lab<string>);
      expect(isAlive(daemon ?? 0)).toBe(false);
      expect(livingInside.filter(isAlive)).toEqual(livingInside);
    } finally {
      living.child.kill('SIGTERM');
    }
    await living.ended;
    expect((await living.inside).filter(isAlive)).toEqual([]);
  });
});

/**
 * A program that opens a lab with one host and a daemon on it, prints the process ids of the host's holder
 * and of the daemon, and then runs `ending`.
 */
function ownerThat(ending: string, prefix: string) {
  const script = `
    import { createLab } from ${JSON.stringify(join(import.meta.dirname, '../lab/index.ts'))};
    setInterval(() => undefined, 1000);
    const lab = await createLab({ prefix: '${prefix}', nodes: ['a'] });
    const node = lab.node('a');
    await node.exec('sh', ['-c', 'setsid sleep 600 >/dev/null 2>&1 &']);
    process.stdout.write(JSON.stringify([node.pid, ...node.processes()]), () => { ${ending} });`;
  const child = spawn(process.execPath, ['--conditions=@mesh/source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const inside = new Promise<number[]>((resolve) =>
    child.stdout.once('data', (text) => resolve(JSON.parse(text))),
  );
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  return { child, inside, ended };
}

function isAlive(pid: number): boolean {
  return networkNamespaceOf(pid) !== undefined;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
