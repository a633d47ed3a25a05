// What a node's agent logged, over all its runs. Its log is JSON lines. They carry this machine's time,
// whatever the agent believes, and are written before the agent continues, so a killed agent loses none.

import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Mesh } from './mesh.ts';

export interface AgentLine {
  readonly atMs: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const CHUNK_BYTES = 1 << 16;

export class AgentLog {
  readonly #file: string;
  readonly #lines: AgentLine[] = [];
  readonly #decoder = new TextDecoder();
  #offset = 0;
  #rest = '';

  constructor(mesh: Pick<Mesh<string>, 'workDir'>, name: string) {
    this.#file = join(mesh.workDir, `${name}-agent.log`);
  }

  /** Every line so far, oldest first. */
  lines(): readonly AgentLine[] {
    this.#readOn();
    return this.#lines;
  }

  #readOn(): void {
    if (!existsSync(this.#file)) return;
    const file = openSync(this.#file, 'r');
    try {
      const chunk = new Uint8Array(CHUNK_BYTES);
      for (;;) {
        const length = readSync(file, chunk, 0, CHUNK_BYTES, this.#offset);
        if (length === 0) return;
        this.#offset += length;
        this.#take(this.#decoder.decode(chunk.subarray(0, length), { stream: true }));
      }
    } finally {
      closeSync(file);
    }
  }

  #take(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const parsed = parseLine(line);
      if (parsed !== undefined) this.#lines.push(parsed);
    }
  }
}

/** @returns undefined for a line that is not from the log: what a command or Node itself printed */
function parseLine(line: string): AgentLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { time, msg, ...fields } = JSON.parse(line) as { time?: unknown; msg?: unknown };
    if (typeof time !== 'string' || typeof msg !== 'string') return undefined;
    return { ...fields, atMs: Date.parse(time), msg };
  } catch {
    return undefined;
  }
}
