// The agent as it is shipped: started by its own command line, followed by its own log.

import { type ChildProcess, spawn as spawnHere } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programFile } from '@mesh/host/test-kit';
import type { Spawn } from '../fork-main.ts';

export interface AgentProgram {
  /** The file that Node runs. */
  readonly file: string;
  /** Options of Node itself. */
  readonly nodeArgs: readonly string[];
}

const APP = join(import.meta.dirname, '../../../apps/node-agent');

export const BUILT_AGENT: AgentProgram = { file: join(APP, 'dist/main.js'), nodeArgs: [] };
export const AGENT_SOURCE: AgentProgram = {
  // In a test run its bundle, which costs less.
  file: programFile(join(APP, 'src/main.ts')),
  nodeArgs: ['--conditions=@mesh/source'],
};

/** The built program that asks a measured service, with the options that the agent gives it. */
export const BUILT_MEASURING = [
  process.execPath,
  '--max-old-space-size=256',
  join(APP, 'dist/measure-child.cjs'),
];
/** The same from source, and in a test run its bundle. */
export const MEASURING_SOURCE = [
  process.execPath,
  '--max-old-space-size=256',
  '--conditions=@mesh/source',
  programFile(join(APP, 'src/measure/child/measure-child.ts')),
];

export interface LogLine {
  /** By the wall clock. */
  readonly atMs: number;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** How long the agent may take to say what is waited for. */
const SAYS_WITHIN_MS = 60_000;
const END_WITHIN_MS = 10_000;

/** Runs a command of the agent to its end. @throws Error with what it printed, unless it ends with 0 */
export async function runAgentCommand(
  program: AgentProgram,
  args: readonly string[],
  spawn: Spawn = spawnHere,
): Promise<void> {
  const child = spawn(process.execPath, [...program.nodeArgs, program.file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`mesh-agent ${args[0]} ended with ${code}: ${said}`);
}

/** `mesh-agent up`. */
export class RunningAgent {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: LogLine[] = [];
  readonly #watchers = new Set<() => void>();
  #hasEnded = false;
  /** Just before it was started, by the wall clock. */
  readonly startedAtMs = Date.now();

  constructor(program: AgentProgram, configFile: string, spawn: Spawn = spawnHere) {
    const args = [...program.nodeArgs, program.file, 'up', '--config', configFile];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#exited = once(this.#child, 'exit').then(() => {
      this.#hasEnded = true;
      this.#tell();
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('the agent has no standard output');
    createInterface({ input: stdout }).on('line', (line) => {
      const { time, msg, ...fields } = JSON.parse(line) as { time: string; msg: string };
      this.#lines.push({ atMs: Date.parse(time), msg, fields });
      this.#tell();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything that it logged, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** The first line that fits, now or later. @throws Error if the agent ends or takes too long */
  async says(fits: (line: LogLine) => boolean): Promise<LogLine> {
    const endsAt = performance.now() + SAYS_WITHIN_MS;
    for (let next = 0; ; ) {
      for (; next < this.#lines.length; next++) {
        const line = this.#lines[next];
        if (line !== undefined && fits(line)) return line;
      }
      const last = this.#lines.slice(-5).map(({ msg, fields }) => `${msg} ${JSON.stringify(fields)}`);
      if (this.#hasEnded) throw new Error(`the agent ended: ${last.join('; ')}`);
      const leftMs = endsAt - performance.now();
      if (leftMs <= 0) throw new Error(`the agent did not say what was expected: ${last.join('; ')}`);
      await this.#news(leftMs);
    }
  }

  /** Ends it, and leaves its interface and its tunnels as they are. */
  async stop(): Promise<void> {
    if (!this.#hasEnded) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_WITHIN_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  async #news(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.#watchers.delete(settle);
        resolve();
      };
      const timer = setTimeout(settle, withinMs);
      this.#watchers.add(settle);
    });
  }
}
