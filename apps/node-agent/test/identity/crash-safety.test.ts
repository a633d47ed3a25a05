import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadKeys } from '../../src/identity/key-files.ts';
import { SequenceFile } from '../../src/identity/sequence-file.ts';
import { createFileSpool } from '../../src/uplink/submit/spool.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';

interface Said {
  readonly keys?: string;
  readonly publicKey?: string;
  readonly sequence?: number;
  readonly spooled?: number;
}

const CHILD = fileURLToPath(new URL('../programs/crash-child.ts', import.meta.url));

/**
 * Runs the child, kills it as soon as it has printed `lines` lines, and returns everything that it printed.
 */
function runAndKill(directory: string, lines: number): Promise<Said[]> {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=@mesh/source', CHILD, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error('the child ended by itself'));
      const whole = text.slice(0, text.lastIndexOf('\n'));
      resolve(whole.split('\n').map((line): Said => JSON.parse(line)));
    });
  });
}

describe('an agent killed at any moment', () => {
  it('has whole keys or none, repeats no sequence number, and finds its spool whole', async () => {
    const directory = temporaryDirectory();
    let highest = 0;
    for (const lines of [1, 2, 3, 5, 7, 11]) {
      const said = await runAndKill(directory, lines);
      for (const { keys, publicKey } of said) {
        if (keys !== undefined)
          expect(loadKeys(join(directory, keys))?.wireguard.a.publicKey).toBe(publicKey);
      }
      for (const name of readdirSync(directory)) {
        // This throws for a damaged file.
        if (name.startsWith('keys-')) expect(loadKeys(join(directory, name))).toBeDefined();
      }
      const numbers = said.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(numbers[0] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(highest);
      highest = Math.max(highest, ...numbers);
      const spooled = said.findLast((line) => line.spooled !== undefined)?.spooled ?? 0;
      const found = await createFileSpool(join(directory, 'spool.json')).read();
      if (spooled > 0) expect(found?.sequence ?? 0).toBeGreaterThanOrEqual(spooled);
      if (found !== undefined) expect(found.measurement.suiteVersion).toHaveLength(2_000);
    }
  });
});

describe('sequence numbers', () => {
  const open = (path: string, nowMs: () => number) =>
    SequenceFile.open({ path, nowMs, onUnsaved: () => undefined });

  it('are the time, or the last number + 1 if the clock was set back', async () => {
    const path = join(temporaryDirectory(), 'sequences.json');
    let nowMs = 5_000;
    const sequences = await open(path, () => nowMs);
    expect(await sequences.next('benchmark')).toBe(5_000);
    expect(await sequences.next('benchmark')).toBe(5_001);
    nowMs = 100;
    expect(await sequences.next('benchmark')).toBe(5_002);
    expect(await (await open(path, () => 100)).next('benchmark')).toBe(5_003);
  });

  it('are counted separately for each kind', async () => {
    const sequences = await open(join(temporaryDirectory(), 'sequences.json'), () => 10);
    expect(await sequences.next('benchmark')).toBe(10);
    expect(await sequences.next('leave')).toBe(10);
  });

  it('start from the time again if the file is lost or damaged', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'sequences.json');
    await (await open(path, () => 10)).next('benchmark');
    writeFileSync(path, '{"benchmark":');
    expect(await (await open(path, () => 99)).next('benchmark')).toBe(99);
  });

  it('that are requested at the same time are all different', async () => {
    const sequences = await open(join(temporaryDirectory(), 'sequences.json'), () => 1);
    const numbers = await Promise.all(Array.from({ length: 20 }, () => sequences.next('benchmark')));
    expect(new Set(numbers).size).toBe(20);
  });

  it('continue above the number that the controller has, and never below their own', async () => {
    const sequences = await open(join(temporaryDirectory(), 'sequences.json'), () => 1);
    await sequences.resumeAbove('benchmark', 500);
    expect(await sequences.next('benchmark')).toBe(501);
    await sequences.resumeAbove('benchmark', 3);
    expect(await sequences.next('benchmark')).toBe(502);
  });

  it('that are higher than the controller accepts are replaced by the controller’s', async () => {
    const sequences = await open(join(temporaryDirectory(), 'sequences.json'), () => 1);
    await sequences.resumeAbove('benchmark', Number.MAX_SAFE_INTEGER - 1);
    await sequences.resumeAbove('benchmark', 500, 10_000);
    expect(await sequences.next('benchmark')).toBe(501);
  });

  it('that are used up continue from the clock and above the number that the controller has', async () => {
    const sequences = await open(join(temporaryDirectory(), 'sequences.json'), () => 1_000);
    await sequences.resumeAbove('benchmark', Number.MAX_SAFE_INTEGER);
    expect(await sequences.next('benchmark')).toBe(1_000);
    await sequences.resumeAbove('benchmark', Number.MAX_SAFE_INTEGER);
    await sequences.resumeAbove('benchmark', 1_500);
    expect(await sequences.next('benchmark')).toBe(1_501);
  });

  it('continue if the disk takes no writes, and report it', async () => {
    const complaints: unknown[] = [];
    const sequences = await SequenceFile.open({
      path: join(temporaryDirectory(), 'no-such-folder', 'sequences.json'),
      nowMs: () => 7,
      onUnsaved: (error) => complaints.push(error),
    });
    expect(await sequences.next('benchmark')).toBe(7);
    expect(await sequences.next('benchmark')).toBe(8);
    expect(complaints).toHaveLength(2);
  });
});
