// The real mesh-witness, as a process of its own.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programFile } from '@mesh/host/test-kit';

const WITNESS = programFile(join(import.meta.dirname, '../../../witness/src/main.ts'));
const NODE = ['--conditions=@mesh/source', '--disable-warning=ExperimentalWarning', WITNESS];

export class RealWitness {
  readonly #directory: string;
  readonly #origin: string;
  #process: ChildProcess | undefined;
  #port = 0;
  /** Its verifier keys. */
  keys: string[] = [];

  /** @param directory for its files */
  constructor(directory: string, origin: string) {
    this.#directory = directory;
    this.#origin = origin;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it, also again, always on the same port. @param logKeys the verifier keys of the log */
  async start(logKeys: readonly string[]): Promise<void> {
    const config = join(this.#directory, 'witness.json');
    const settings = {
      name: 'witness.example/1',
      data_dir: join(this.#directory, 'witness'),
      listen: { port: this.#port },
      logs: [{ origin: this.#origin, keys: logKeys }],
    };
    writeFileSync(config, JSON.stringify(settings), { mode: 0o600 });
    if (this.keys.length === 0) {
      const init = spawnSync(process.execPath, [...NODE, 'init', '--json', '-c', config], {
        encoding: 'utf8',
      });
      this.keys = JSON.parse(init.stdout).verifierKeys;
    }
    this.#process = spawn(process.execPath, [...NODE, 'serve', '-c', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })) {
      if (!line.includes('"witness is up"')) continue;
      this.#port = JSON.parse(line).port;
      break;
    }
  }

  async kill(): Promise<void> {
    const witness = this.#process;
    if (witness === undefined || witness.exitCode !== null || witness.signalCode !== null) return;
    witness.kill('SIGKILL');
    await once(witness, 'exit');
  }
}
