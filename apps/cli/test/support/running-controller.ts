// A real controller, from source, in its own folder, for the tests of one file.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programFile } from '@mesh/host/test-kit';

const CONTROLLER = programFile(join(import.meta.dirname, '..', '..', '..', 'controller', 'src', 'main.ts'));
const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE };

export class RunningController {
  /** The folder of the controller's files and of the test's. It is removed at the end. */
  readonly folder = mkdtempSync(join(tmpdir(), 'meshctl-controller-'));
  /** The socket at which meshctl reaches it. */
  readonly socket = join(this.folder, 'data', 'admin.sock');
  /** The URL of its public listener, and the pin of its CA. */
  publicUrl = '';
  caPin = '';
  #child: ChildProcess | undefined;

  /**
   * Resolves when all of its doors are open.
   *
   * @param settings in addition to those that every controller needs
   */
  async start(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const configFile = join(this.folder, 'controller.json');
    const config = {
      mesh_id: 'demo',
      data_dir: join(this.folder, 'data'),
      master_key_file: join(this.folder, 'master.key'),
      nodes: { host: '127.0.0.1', port: 0 },
      public: { host: '127.0.0.1', port: 0 },
      ...settings,
    };
    writeFileSync(configFile, JSON.stringify(config));
    const command = (name: string) => ['--conditions=@mesh/source', CONTROLLER, name, '--config', configFile];
    const made = execFileSync(process.execPath, [...command('init'), '--json'], { env });
    this.caPin = (JSON.parse(made.toString()) as { caPin: string }).caPin;
    const child = spawn(process.execPath, command('serve'), { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.on('exit', (code) => reject(new Error(`the controller ended with ${code}: ${log}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        const port = /"public_port":(\d+).*controller is up/.exec(log)?.[1];
        if (port === undefined) return;
        this.publicUrl = `https://127.0.0.1:${port}`;
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
