// A witness in this process, over a real port and a real database.

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import type * as z from 'zod';
import { type RunningWitness, startWitness } from '../../src/compose.ts';
import { initWitness } from '../../src/init.ts';
import { type WitnessConfig, witnessConfig } from '../../src/settings/config.ts';
import type { Heads } from '../../src/store/heads.ts';
import { logKeys, ORIGIN } from './log.ts';

export const NAME = 'witness.example.org/w1';

export function configIn(
  directory: string,
  changes: Partial<z.input<typeof witnessConfig>> = {},
): WitnessConfig {
  return witnessConfig.parse({
    name: NAME,
    data_dir: join(directory, 'data'),
    listen: { port: 0 },
    logs: [{ origin: ORIGIN, keys: logKeys }],
    ...changes,
  });
}

export class TestWitness {
  readonly directory = mkdtempSync(join(tmpdir(), 'mesh-witness-'));
  readonly clock = new FakeClock();
  readonly lines: string[] = [];
  running: RunningWitness | undefined;

  async start(
    changes: Partial<z.input<typeof witnessConfig>> = {},
    heads: (stored: Heads) => Heads = (stored) => stored,
  ): Promise<this> {
    const config = configIn(this.directory, changes);
    initWitness(config);
    const destination = new Writable({
      write: (chunk: Buffer, _, done) => {
        this.lines.push(chunk.toString());
        done();
      },
    });
    this.running = await startWitness({
      config,
      logger: createLogger({ destination }),
      clock: this.clock,
      heads,
    });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.running?.port}`;
  }

  get verifierKeys(): readonly string[] {
    return this.running?.verifierKeys ?? [];
  }

  add(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/add-checkpoint`, { method: 'POST', body: body as string, headers });
  }

  read(origin = ORIGIN): Promise<Response> {
    return fetch(`${this.url}/${createHash('sha256').update(origin).digest('hex')}/checkpoint`);
  }

  async stop(): Promise<void> {
    await this.running?.close();
    this.running = undefined;
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
