// Every way in which the program can fail: the exit code, and one line that names the object and says what to
// do next. The tests also assert that the line has no misleading words: "free space" for a lock, or "run
// init" if there is a database but a wrong one.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type ProgramErrorCode, programExitCodes } from '@mesh/host';
import { programFile } from '@mesh/host/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';
import type { ConfigInput } from '../support/index.ts';

const NOBODY = 65_534;
let root: string;
/** What init made. Tests copy it, because init takes longer than a failing start. */
let initialised: string;
let directory: string;
let runs = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mesh-failures-'));
  initialised = join(root, 'initialised');
  mkdirSync(initialised, { mode: 0o700 });
  expect(runController(['init', '-c', writeConfig(initialised)])).toMatchObject({ code: 0, err: '' });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  directory = join(root, String(++runs));
  execFileSync('cp', ['-a', initialised, directory]);
});

const data = (name = '') => join(directory, 'data', name);
const key = () => join(directory, 'master.key');

/** Checks the exit code and the single line on standard error, after the program's name. */
function fails(
  command: 'init' | 'serve',
  code: ProgramErrorCode,
  says: readonly (string | RegExp)[],
  options: { config?: Partial<ConfigInput>; saysNot?: readonly string[]; under?: readonly string[] } = {},
): void {
  const ended = runController([command, '-c', writeConfig(directory, options.config)], {}, [
    ...['timeout', '20'],
    ...(options.under ?? []),
  ]);
  expect(ended.err).toMatch(/^mesh-controller: [^\n]+\n$/);
  for (const part of says) expect(ended.err).toMatch(part);
  for (const part of options.saysNot ?? []) expect(ended.err).not.toContain(part);
  expect(ended.code, ended.err).toBe(programExitCodes[code]);
}

it('positive control: what init made can be served', async () => {
  const controller = await serveController(writeConfig(directory));
  await controller.kill();
});

describe('the configuration', () => {
  it.each([
    ['missing', '/none.yaml', '/none.yaml cannot be read (ENOENT): check its path and mode'],
    ['a directory', '/', 'EISDIR'],
  ])('file that is %s', (_what, file, says) => {
    const ended = runController(['serve', '-c', file]);
    expect(ended.code).toBe(programExitCodes.usage);
    expect(ended.err).toContain(says);
  });

  it('in a flag: names the flag and the form', () => {
    const ended = runController(['serve', '--public-port', '80x', '--name', '10.0.0.300']);
    expect(ended.code).toBe(programExitCodes.usage);
    expect(ended.err).toContain('public.port (flag --public-port): write a number');
    expect(ended.err).not.toContain('    at ');
    const named = runController(['serve', '--name', '10.0.0.300']);
    expect(named.err).toContain('public_names.0 (flag --name): write a name or an address alone');
  });
});

describe('the master key', () => {
  it('that is missing: says to run init, or to set its path', () => {
    rmSync(key());
    fails('serve', 'usage', [key(), 'run mesh-controller init, or point master_key_file at it']);
  });

  it('that is missing next to a database: init makes no new one', () => {
    rmSync(key());
    fails('init', 'usage', [key(), 'restore the key'], { saysNot: ['run mesh-controller init'] });
  });

  it('that is a wrong one: names the database that it does not open', () => {
    writeFileSync(key(), Buffer.alloc(32, 1), { mode: 0o600 });
    for (const command of ['init', 'serve'] as const)
      fails(command, 'usage', [`does not open ${data('controller.db')}`, 'master_key_file'], {
        saysNot: ['run mesh-controller init'],
      });
  });

  it('that is not a key: says how many bytes it has', () => {
    writeFileSync(key(), 'short', { mode: 0o600 });
    fails('serve', 'usage', [`${key()} has 5 bytes`, 'point master_key_file at the right file']);
  });

  it('that others may read: names the command', () => {
    chmodSync(key(), 0o640);
    fails('serve', 'usage', ['(mode 0640)', `chmod 600 ${key()}`]);
  });

  it('of another user: names the command', () => {
    // A file of root would be accepted from every user.
    chownSync(key(), NOBODY, NOBODY);
    fails('serve', 'usage', [`belongs to user ${NOBODY}`, `chown 0 ${key()}`]);
  });

  it('in a missing directory: says to make it', () => {
    const away = join(directory, 'no', 'master.key');
    const config = { master_key_file: away, data_dir: join(directory, 'new') };
    fails('init', 'usage', [`make the directory ${join(directory, 'no')} first`], { config });
  });
});

describe('the data directory', () => {
  it('that is empty: says to run init, or to set the path of the database', () => {
    const config = { data_dir: join(directory, 'elsewhere') };
    fails('serve', 'usage', [join(directory, 'elsewhere', 'controller.db'), 'or set data_dir'], { config });
  });

  it('of another mesh: names both settings', () => {
    const config = { mesh_id: 'othermesh' };
    fails('serve', 'usage', ['is of mesh testmesh, not of othermesh', 'set mesh_id, or another data_dir'], {
      config,
    });
  });

  it('that is a file', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    fails('serve', 'usage', [file, 'ENOTDIR', 'choose another path'], { config: { data_dir: file } });
  });

  it('that cannot be made, and does not keep the program waiting', () => {
    fails('serve', 'usage', ['/proc/mesh', 'ENOENT'], { config: { data_dir: '/proc/mesh' } });
  });

  it('of another user: names this user', () => {
    for (const path of [root, directory]) chmodSync(path, 0o755);
    chmodSync(writeConfig(directory), 0o644);
    const under = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--'];
    fails('serve', 'usage', [`user ${NOBODY} may not`, 'run this as their owner', data()], { under });
  });

  it('that others may write', () => {
    chmodSync(data(), 0o777);
    fails('serve', 'usage', [`other users can write to ${data()}: run chmod 700 ${data()}`]);
  });

  it('on a full file system: says where to free space', () => {
    mkdirSync(join(directory, 'full'));
    const config = { data_dir: join(directory, 'full') };
    const mount = `mount -t tmpfs -o size=4k,nr_inodes=1,mode=0700 none ${config.data_dir} && exec "$0" "$@"`;
    fails('init', 'storage', [`the file system of ${config.data_dir} is full: free space there`], {
      config,
      under: ['unshare', '-m', 'sh', '-c', mount],
    });
  });

  it('on a read-only file system', () => {
    const mount = `mount --bind -o ro ${data()} ${data()} && mount -o remount,bind,ro ${data()} && exec "$0" "$@"`;
    fails('serve', 'usage', [data(), 'read-only: mount it for writing'], {
      under: ['unshare', '-m', 'sh', '-c', mount],
    });
  });

  it('of a running controller: names its process', async () => {
    const first = await serveController(writeConfig(directory));
    try {
      fails('serve', 'already_running', [`is held by process ${first.pid}: stop it first`], {
        saysNot: ['remove', 'delete'],
      });
    } finally {
      await first.kill();
    }
  });
});

describe('the database', () => {
  it('that others may read: names the command', () => {
    chmodSync(data('controller.db'), 0o644);
    fails('serve', 'usage', [`chmod 600 ${data('controller.db')}`]);
  });

  it('that is not a database: says to restore a backup, and makes no new one', () => {
    writeFileSync(data('controller.db'), 'no database, '.repeat(100));
    fails('serve', 'usage', [data('controller.db'), 'restore a backup'], { saysNot: ['init', 'free space'] });
  });

  it('that another process holds: names the process, and does not say that the disk is full', async () => {
    const script = `const { DatabaseSync } = require('node:sqlite'); globalThis.db = new DatabaseSync(process.argv[1]);
      db.exec('BEGIN IMMEDIATE'); console.log('held'); setInterval(() => db, 60000);`;
    const args = ['--disable-warning=ExperimentalWarning', '-e', script, data('controller.db')];
    const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    try {
      fails('init', 'storage', [`process ${holder.pid} holds a lock on ${data('controller.db')}: end it`], {
        saysNot: ['free space', 'disk'],
      });
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
  });

  it('of a newer program: says to use that program, or a backup', () => {
    change("INSERT INTO schema_migrations VALUES (99, '0099-future', 'x')");
    fails('serve', 'usage', ['0099-future', 'run the newer program']);
  });

  it('whose log has a gap or an invalid entry', async () => {
    const controller = await serveController(writeConfig(directory));
    await controller.kill();
    change('UPDATE log_entries SET log_index = log_index + 9 WHERE log_index > 0');
    const says = ['the log in', data('controller.db'), 'restore a backup'];
    fails('serve', 'usage', [...says, 'has a gap at index 1'], { saysNot: ['init'] });
    change("UPDATE log_entries SET entry = x'7b7d'");
    fails('serve', 'usage', [...says, 'cannot be read'], { saysNot: ['init'] });
  });

  it('that lacks a key', () => {
    change("DELETE FROM sealed_secrets WHERE name = 'config'");
    fails('serve', 'usage', ["the controller's config key is missing", 'restore a backup']);
  });

  /** Changes the database by hand, without the triggers. */
  function change(sql: string): void {
    const db = new DatabaseSync(data('controller.db'));
    for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
      db.exec(`DROP TRIGGER "${String(name)}"`);
    db.exec(sql);
    db.close();
  }
});

describe('an address', () => {
  let holder: Server;
  let port: number;
  beforeAll(async () => {
    holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    ({ port } = holder.address() as { port: number });
  });
  afterAll(() => holder.close());

  it.each(['nodes', 'public'] as const)(
    'of the %s listener that is taken: names its setting and the process that has it',
    (door) => {
      const config = { [door]: { host: '127.0.0.1', port } };
      fails(
        'serve',
        'address',
        [`port ${port} of 127.0.0.1 (${door}.port, ${door}.host)`, 'EADDRINUSE', 'ss -ltnp'],
        {
          config,
        },
      );
    },
  );

  it('that this host lacks', () =>
    fails('serve', 'address', ['this host has no address 192.0.2.1', 'nodes.host'], {
      config: { nodes: { host: '192.0.2.1', port: 0 } },
    }));

  it('that is an unknown name', () =>
    fails('serve', 'address', ['the name mesh.invalid cannot be resolved', 'nodes.host'], {
      config: { nodes: { host: 'mesh.invalid', port: 0 } },
    }));

  it('that needs a privilege', () => {
    chmodSync(root, 0o755);
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, directory]);
    const under = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--'];
    fails('serve', 'usage', ['443', 'CAP_NET_BIND_SERVICE', 'nodes.port'], {
      config: { nodes: { host: '127.0.0.1', port: 443 } },
      under,
    });
  });
});

describe('the administration socket', () => {
  it('whose path is a file', () => {
    writeFileSync(data('admin.sock'), '');
    fails('serve', 'usage', [`${data('admin.sock')} is in the way and is not a socket: remove it`]);
    expect(statSync(data('admin.sock')).isFile()).toBe(true);
  });

  it('that another process listens on', async () => {
    const other = createServer().listen(data('admin.sock'));
    await once(other, 'listening');
    try {
      // The controller is spawned asynchronously, because this process has to accept its connection to the
      // socket.
      const { code, err } = await spawnController(['serve', '-c', writeConfig(directory)]);
      expect(err).toContain(`another process listens on ${data('admin.sock')}: stop it`);
      expect(code).toBe(programExitCodes.address);
    } finally {
      other.close();
    }
  });
});

async function spawnController(args: readonly string[]): Promise<{ code: number; err: string }> {
  const main = programFile(join(import.meta.dirname, '../../src/main.ts'));
  const child = spawn(process.execPath, ['--conditions=@mesh/source', main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, err };
}
