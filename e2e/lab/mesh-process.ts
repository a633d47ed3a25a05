// One long-running program of a mesh under test: starts it, waits for its output, ends it by process id.

import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { programFile } from '@mesh/host/test-kit';
import { LabError } from './lab-error.ts';

/** Where a program runs: a lab node, or this machine itself. */
export interface MeshHost {
  readonly name: string;
  /** Address at which the others reach it. */
  readonly address: string;
  /** Of a process that sees the host's own mounts; absent: the host has none. */
  readonly pid?: number;
  spawn(command: string, args?: readonly string[], options?: SpawnOptions): ChildProcess;
}

export interface ProgramOptions {
  readonly host: MeshHost;
  /** Path of the TypeScript entry. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** All its output goes here. */
  readonly logFile: string;
}

const END_WITHIN_MS = 10_000;

/** A program started from its source. */
export class MeshProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #exited: Promise<number | string>;
  #output = '';
  #ended = false;
  readonly #watchers = new Set<() => void>();

  constructor(options: ProgramOptions) {
    const { host, entry, args, nodeArgs = [], env = {}, logFile } = options;
    this.#name = `${entry.split('/').slice(-3).join('/')} on ${host.name}`;
    // Options of Node replace modules of the source.
    const file = nodeArgs.length === 0 ? programFile(entry) : entry;
    this.#child = host.spawn(process.execPath, ['--conditions=@mesh/source', ...nodeArgs, file, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log.write(text);
        this.#output += text;
        for (const watcher of this.#watchers) watcher();
      });
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#output += `${error.message}\n`;
      });
      this.#child.once('close', (code, signal) => {
        this.#ended = true;
        log.end();
        resolve(code ?? signal ?? 'unknown');
        for (const watcher of this.#watchers) watcher();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return !this.#ended;
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with the exit code or the signal's name. */
  get exited(): Promise<number | string> {
    return this.#exited;
  }

  /**
   * Resolves when the output contains `text`.
   *
   * @throws LabError if the program ends first or takes too long
   */
  says(text: string | RegExp, timeoutMs = 30_000): Promise<void> {
    const isThere = () => (typeof text === 'string' ? this.#output.includes(text) : text.test(this.#output));
    return new Promise((resolve, reject) => {
      const settle = (error?: LabError) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        if (error === undefined) resolve();
        else reject(error);
      };
      const look = () => {
        if (isThere()) settle();
        else if (this.#ended) settle(new LabError('command_failed', `${this.#name} ended: ${this.#tail()}`));
      };
      const timer = setTimeout(
        () => settle(new LabError('timed_out', `${this.#name} did not say ${String(text)}: ${this.#tail()}`)),
        timeoutMs,
      );
      this.#watchers.add(look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#ended) this.#child.kill(signal);
  }

  /**
   * Sends SIGTERM, then SIGKILL if that does not help. SIGCONT lets a stopped process receive the SIGTERM.
   */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    this.signal('SIGCONT');
    const timer = setTimeout(() => this.signal('SIGKILL'), END_WITHIN_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exited;
  }

  #tail(): string {
    return this.#output.trim().split('\n').slice(-5).join('\n');
  }
}
