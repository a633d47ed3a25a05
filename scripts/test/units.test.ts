// Compares the systemd units with the programs and with docs/operations.md: no restart if it cannot help,
// what systemd-analyze says of them, and the exit codes of the documents and --help.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programFile } from '../../packages/host/test/kit/program-file.ts';
import { findSystemdAnalyze } from '../lib/systemd-analyze.mjs';

const ROOT = join(import.meta.dirname, '../..');
const operations = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');

type Program = 'mesh-controller' | 'mesh-agent' | 'mesh-witness' | 'meshctl';
/** Those that have a unit. */
const SERVED = ['mesh-controller', 'mesh-agent', 'mesh-witness'] as const;
const MAINS: Readonly<Record<Program, string>> = {
  'mesh-controller': 'apps/controller/src/main.ts',
  'mesh-agent': 'apps/node-agent/src/main.ts',
  'mesh-witness': 'apps/witness/src/main.ts',
  meshctl: 'apps/cli/src/main.ts',
};

/** The text of a unit. */
function unitText(program: Program): string {
  return readFileSync(join(ROOT, 'systemd', `${program}.service`), 'utf8');
}

function setting(program: Program, name: string): string {
  const values = [...unitText(program).matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(
    ([, value]) => value,
  );
  expect(values, `${name} of ${program}`).toHaveLength(1);
  return values[0] ?? '';
}

const numbers = (text: string): number[] => text.split(/\s+/).map(Number);

interface Ended {
  readonly code: number | null;
  readonly errors: string;
}

/** @param under a program that runs it, with its arguments */
function run(program: Program, args: readonly string[], under: readonly string[] = []): Ended {
  const command = [
    ...under,
    process.execPath,
    '--conditions=@mesh/source',
    programFile(join(ROOT, MAINS[program])),
    ...args,
  ];
  const [file = '', ...rest] = command;
  const { status, stderr } = spawnSync(file, rest, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
    timeout: 60_000,
  });
  return { code: status, errors: stderr };
}

/** Undefined where neither systemd nor a way to get it is. */
const analyze = findSystemdAnalyze();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-units-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The unit's own command with another configuration. */
function startAs(program: Program, config: object, under: readonly string[] = []): Ended {
  const file = join(folder, `${program}.json`);
  writeFileSync(file, JSON.stringify(config));
  const [path, ...args] = setting(program, 'ExecStart').split(' ');
  expect(path).toBe(`/usr/bin/${program}`);
  expect(args.at(-2)).toBe('--config');
  return run(program, [...args.slice(0, -1), file], under);
}

const controllerConfig = (changes: object = {}) => ({
  data_dir: join(folder, 'data'),
  master_key_file: join(folder, 'master.key'),
  nodes: { host: '127.0.0.1', port: 0 },
  public: { host: '127.0.0.1', port: 0 },
  ...changes,
});

describe('the unit of mesh-controller', () => {
  const prevented = () => numbers(setting('mesh-controller', 'RestartPreventExitStatus'));

  it('does not start it again if somebody must first correct a setting or a file', () => {
    const unknown = startAs('mesh-controller', controllerConfig({ epoch_secondz: 60 }));
    const uninitialised = startAs('mesh-controller', controllerConfig());
    expect([unknown.errors, uninitialised.errors]).toEqual([
      expect.stringContaining('did you mean epoch_seconds'),
      expect.stringContaining('run mesh-controller init'),
    ]);
    expect(prevented()).toEqual([unknown.code]);
    expect(prevented()).toEqual([uninitialised.code]);
  });

  it('starts it again after a fault that can pass: a taken port, a full file system', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as { port: number };
    const config = controllerConfig({ nodes: { host: '127.0.0.1', port } });
    writeFileSync(join(folder, 'init.json'), JSON.stringify(config));
    expect(run('mesh-controller', ['init', '--config', join(folder, 'init.json')]).code).toBe(0);
    const taken = startAs('mesh-controller', config);
    holder.close();
    expect(taken.errors).toContain(`port ${port} of 127.0.0.1 (nodes.port, nodes.host)`);
    const full = startAs('mesh-controller', config, onFullDisk(join(folder, 'data')));
    expect(full.errors).toContain('is full: free space there');
    for (const { code } of [taken, full]) {
      expect(code).toEqual(expect.any(Number));
      expect(code).not.toBe(0);
      expect(prevented()).not.toContain(code);
    }
    expect(setting('mesh-controller', 'Restart')).toBe('always');
  });
});

describe('the unit of mesh-agent', () => {
  const prevented = () => numbers(setting('mesh-agent', 'RestartPreventExitStatus'));

  it('does not start it again if somebody must first correct a setting or enrol the node', () => {
    const state_dir = join(folder, 'state');
    const unknown = startAs('mesh-agent', { state_dir, reconcile_secondz: 30 });
    const stranger = startAs('mesh-agent', { state_dir });
    expect([unknown.errors, stranger.errors]).toEqual([
      expect.stringContaining('did you mean reconcile_seconds'),
      expect.stringContaining('run mesh-agent enrol first'),
    ]);
    expect(prevented()).toEqual([unknown.code, stranger.code]);
  });

  it('starts it again after a fault that can pass, and not after mesh-agent down', () => {
    const state_dir = join(folder, 'full');
    mkdirSync(state_dir, { mode: 0o700 });
    const full = startAs('mesh-agent', { state_dir }, onFullDisk(state_dir));
    expect(full.errors).toContain('is full: free space there');
    expect(full.code).toEqual(expect.any(Number));
    expect(full.code).not.toBe(0);
    expect(prevented()).not.toContain(full.code);
    // `down` ends the agent with 0, and "always" would start it again.
    expect(setting('mesh-agent', 'Restart')).toBe('on-failure');
  });
});

describe('the unit of mesh-witness', () => {
  it('does not start it again if somebody must first correct a setting or run init', () => {
    const data_dir = join(folder, 'witness');
    const config = { name: 'witness.example.org/w1', data_dir, listen: { port: 0 } };
    const unknown = startAs('mesh-witness', { ...config, log: [] });
    const unmade = startAs('mesh-witness', config);
    expect([unknown.errors, unmade.errors]).toEqual([
      expect.stringContaining('did you mean logs'),
      expect.stringContaining('run mesh-witness init'),
    ]);
    const prevented = numbers(setting('mesh-witness', 'RestartPreventExitStatus'));
    expect([unknown.code, unmade.code]).toEqual([...prevented, ...prevented]);
    expect(setting('mesh-witness', 'Restart')).toBe('always');
  });
});

/** The words that run a command in its own mount namespace, with a full file system at the folder. */
const onFullDisk = (path: string): string[] => [
  ...['unshare', '-m', 'sh', '-c'],
  `mount -t tmpfs -o size=4k,nr_inodes=1,mode=0700 none ${path} && exec "$0" "$@"`,
];

describe.each(SERVED)('the restarts of %s', (program) => {
  const seconds = (name: string) => Number(setting(program, name));

  /** How many starts systemd makes within the interval of its limit if each of them fails at once. */
  function startsInInterval(delayAfter: (restarts: number) => number): number {
    let starts = 1;
    for (let at = delayAfter(0); at < seconds('StartLimitIntervalSec'); at += delayAfter(starts - 1))
      starts += 1;
    return starts;
  }

  it('come later and later, and do not stop', () => {
    const [first, longest, steps] = ['RestartSec', 'RestartMaxDelaySec', 'RestartSteps'].map(seconds) as [
      number,
      number,
      number,
    ];
    expect(longest).toBeGreaterThan(first);
    // service_restart_usec_next of systemd 254 and newer.
    const grown = (restarts: number) => first * (longest / first) ** (Math.min(restarts, steps) / steps);
    expect(startsInInterval(grown)).toBeLessThan(seconds('StartLimitBurst'));
    // If a controller is away for longer than a lease, the tunnels close. The default lease is 180 s.
    expect(longest).toBeLessThan(180 / 2);
  });

  it('stop on an older systemd, whose delay does not grow, unless it is set as the document says', () => {
    expect(startsInInterval(() => seconds('RestartSec'))).toBeGreaterThan(seconds('StartLimitBurst'));
    const advised = Number(/set `RestartSec=(\d+)` there/.exec(operations)?.[1]);
    expect(startsInInterval(() => advised)).toBeLessThan(seconds('StartLimitBurst'));
  });
});

describe.skipIf(analyze === undefined)('systemd-analyze', () => {
  /** Neither the programs nor their users are installed here. */
  function installable(program: Program): string {
    const file = join(folder, `${program}.service`);
    const text = unitText(program)
      .replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true')
      .replace(/^User=.*\n/m, '');
    writeFileSync(file, text);
    return file;
  }

  it.each(SERVED)('accepts the unit of %s', (program) => {
    const file = installable(program);
    const { status, stderr } = analyze?.(['verify', '--man=no', file]) ?? { status: null, stderr: '' };
    // systemd reports and ignores settings that it is too old for.
    const faults = stderr
      .split('\n')
      .filter((line) => line.includes(file) && !/Restart(Steps|MaxDelaySec)/.test(line));
    expect(faults).toEqual([]);
    expect(status).toBe(0);
  });

  it('refuses a unit with a key that does not exist (control)', () => {
    const file = join(folder, 'control.service');
    writeFileSync(file, unitText('mesh-agent').replace('LimitCORE=', 'LimitCORES='));
    expect(analyze?.(['verify', '--man=no', file]).stderr).toMatch(/Unknown key.*LimitCORES/);
  });

  const exposureOf = (file: string): number =>
    Number(
      /exposure level for \S+: ([\d.]+)/.exec(
        analyze?.(['security', '--offline=true', file]).stdout ?? '',
      )?.[1],
    );

  it.each(SERVED)('finds what the document says of %s, or less', (program) => {
    const stated = Number(new RegExp(`([\\d.]+)\\s+for\\s+\`${program}\``).exec(operations)?.[1]);
    expect(stated).toBeLessThan(3);
    // Another version of systemd may count a little otherwise.
    const found = exposureOf(join(ROOT, 'systemd', `${program}.service`));
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThanOrEqual(stated + 0.2);
  });

  it('finds more in a unit that closes less (control)', () => {
    const file = join(folder, 'mesh-controller.service');
    writeFileSync(
      file,
      unitText('mesh-controller').replace(/^(Protect|Private|Restrict|SystemCall).*\n/gm, ''),
    );
    expect(exposureOf(file)).toBeGreaterThan(4);
  });
});

describe.each(SERVED)('the unit of %s', (program) => {
  it('makes no core dumps, which would hold keys', () => {
    expect(setting(program, 'LimitCORE')).toBe('0');
  });

  it('waits for the clock, which certificates and WireGuard need', () => {
    expect(setting(program, 'Wants').split(' ')).toContain('time-sync.target');
    expect(setting(program, 'After').split(' ')).toContain('time-sync.target');
  });

  it('has CAP_NET_ADMIN if it is the agent, and no capability besides', () => {
    const isAgent = program === 'mesh-agent';
    expect(setting(program, 'CapabilityBoundingSet')).toBe(isAgent ? 'CAP_NET_ADMIN' : '');
    expect(unitText(program).includes('AmbientCapabilities')).toBe(isAgent);
  });
});

describe('the table of exit codes', () => {
  const rows = [...operations.matchAll(/^\| (\d+) +\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)];

  it.each([
    ['mesh-controller', 2],
    ['mesh-agent', 3],
    ['meshctl', 4],
    ['mesh-witness', 5],
  ] as const)('has those of %s --help, and no others', (program, column) => {
    const documented = rows.filter((row) => row[column]?.trim() !== '').map(([, code]) => Number(code));
    const { stdout } = spawnSync(
      process.execPath,
      ['--conditions=@mesh/source', programFile(join(ROOT, MAINS[program])), '--help'],
      { encoding: 'utf8' },
    );
    const listed = [...stdout.slice(stdout.indexOf('Exit codes:')).matchAll(/^ {2}(\d+) {2}\S/gm)];
    expect(documented).toEqual(listed.map(([, code]) => Number(code)));
    expect(documented.length).toBeGreaterThan(3);
  });
});
