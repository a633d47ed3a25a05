// Once an epoch is over its secret is nowhere in the controller's memory: neither where it was held nor in a copy.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { masked } from './support/masked-secret.ts';
import { scanMemory } from './support/scan-memory.ts';

const PROGRAM = fileURLToPath(new URL('./support/rotating-controller.ts', import.meta.url));

class RotatingController {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#child = spawn(
      process.execPath,
      ['--conditions=@mesh/source', '--disable-warning=ExperimentalWarning', PROGRAM],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }
  get pid(): number {
    return this.#child.pid ?? 0;
  }
  async ask(what: 'rotate' | 'plant'): Promise<{ epochId: number; drawn: string[] }> {
    this.#child.stdin.write(`${what}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(String(value)) as { epochId: number; drawn: string[] };
  }
  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

describe.runIf(process.platform === 'linux')('the memory of a controller', () => {
  it('holds the secret of the epoch in force, and none of an epoch that is over, unless a copy was planted', async () => {
    using controller = new RotatingController();
    const rounds = [];
    for (let round = 0; round < 4; round++) rounds.push(await controller.ask('rotate'));
    const secrets = (rounds.at(-1)?.drawn ?? []).map((hex) =>
      masked(new Uint8Array(Buffer.from(hex, 'hex'))),
    );
    const epochId = rounds.at(-1)?.epochId ?? 0;
    expect(secrets).toHaveLength(epochId);
    const { counts, scannedBytes } = scanMemory(controller.pid, secrets);
    expect(scannedBytes).toBeGreaterThan(20_000_000);
    expect(counts.at(-1)).toBeGreaterThan(0);
    expect(counts.slice(0, -1)).toEqual(counts.slice(0, -1).map(() => 0));
    // The scan finds a copy that outlives its epoch.
    await controller.ask('plant');
    await controller.ask('rotate');
    const after = scanMemory(controller.pid, secrets).counts;
    expect(after.at(-1)).toBeGreaterThan(0);
    expect(after.slice(0, -1)).toEqual(after.slice(0, -1).map(() => 0));
  });
});
