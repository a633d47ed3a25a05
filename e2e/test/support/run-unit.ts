// Runs a service as its systemd unit says, where no systemd is: its user, capabilities, folders, credentials,
// environment and limits. What only systemd can do (file system views, system call filters) is left out.

import type { ChildProcess } from 'node:child_process';
import type { LabNode } from '../../lab/index.ts';

export interface RunningUnit {
  readonly pid: number;
  /** Everything that it has printed so far. */
  readonly output: () => string;
  readonly child: ChildProcess;
}

/** The values of each setting, as often as it stands in the unit. */
type Unit = ReadonlyMap<string, readonly string[]>;

export async function runUnit(host: LabNode, name: string): Promise<RunningUnit> {
  const { stdout } = await host.exec('cat', [`/usr/lib/systemd/system/${name}.service`]);
  const unit = parseUnit(stdout);
  const user = one(unit, 'User');
  await makeFolders(host, unit, user);
  const credentials = `/run/credentials/${name}.service`;
  await giveCredentials(host, unit, user, credentials);
  const env = Object.fromEntries(
    (unit.get('Environment') ?? []).map(
      (line) => line.replaceAll('%d', credentials).split('=', 2) as [string, string],
    ),
  );
  const command = [...limited(unit, user), ...one(unit, 'ExecStart').split(' ')];
  const [program = '', ...args] = command;
  const child = host.spawn(program, args, {
    cwd: '/',
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      CREDENTIALS_DIRECTORY: credentials,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return { pid: child.pid ?? 0, output: () => output, child };
}

function parseUnit(text: string): Unit {
  const unit = new Map<string, string[]>();
  for (const [, key = '', value = ''] of text.matchAll(/^([A-Za-z]+)=(.*)$/gm))
    unit.set(key, [...(unit.get(key) ?? []), value]);
  return unit;
}

function one(unit: Unit, key: string): string {
  const [value, ...more] = unit.get(key) ?? [];
  if (value === undefined || more.length > 0) throw new Error(`the unit has not one ${key}`);
  return value;
}

async function makeFolders(host: LabNode, unit: Unit, user: string): Promise<void> {
  for (const [kind, parent] of [
    ['RuntimeDirectory', '/run'],
    ['StateDirectory', '/var/lib'],
  ] as const) {
    const names = unit.get(kind)?.flatMap((value) => value.split(' ')) ?? [];
    for (const folder of names)
      await host.exec('install', [
        '-d',
        '-m',
        one(unit, `${kind}Mode`),
        '-o',
        user,
        '-g',
        user,
        `${parent}/${folder}`,
      ]);
  }
}

async function giveCredentials(host: LabNode, unit: Unit, user: string, folder: string): Promise<void> {
  await host.exec('install', ['-d', '-m', '0700', '-o', user, '-g', user, folder]);
  for (const credential of unit.get('LoadCredential') ?? []) {
    const [id = '', path = ''] = credential.split(':');
    await host.exec('install', ['-m', '0400', '-o', user, '-g', user, path, `${folder}/${id}`]);
  }
}

function limited(unit: Unit, user: string): string[] {
  const names = (key: string) =>
    (unit.get(key) ?? [])
      .join(' ')
      .split(' ')
      .filter((name) => name !== '');
  const list = (capabilities: readonly string[]) =>
    ['-all', ...capabilities.map((name) => name.replace('CAP_', '+').toLowerCase())].join(',');
  const ambient = list(names('AmbientCapabilities'));
  return [
    ...['prlimit', `--core=${one(unit, 'LimitCORE')}`, '--'],
    ...['setpriv', '--reuid', user, '--regid', user, '--init-groups'],
    `--bounding-set=${list(names('CapabilityBoundingSet'))}`,
    ...[`--inh-caps=${ambient}`, `--ambient-caps=${ambient}`, '--no-new-privs'],
    ...['sh', '-c', `umask ${one(unit, 'UMask')}; exec "$@"`, 'sh'],
  ];
}
