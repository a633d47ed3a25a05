// The demo without tunnels still runs and checks the story, and says clearly that it tested no tunnel.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOptions } from '../src/options.ts';

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');

function run(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--conditions=@mesh/source', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
}

describe('the demo where WireGuard cannot run', () => {
  it('runs the rest, says that no tunnel was tested, and exits with 3', async () => {
    const { code, stdout } = await run(['--dry-run', '--json']);
    const report = JSON.parse(stdout) as {
      tunnels: string;
      ok: boolean;
      missing: string[];
      checks: { name: string; ok: boolean }[];
      log: { type: string }[];
    };
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ tunnels: 'none', ok: true });
    expect(report.missing).not.toEqual([]);
    expect(report.checks.map(({ name }) => name)).not.toContain('not one packet between a and b was lost');
    expect(report.log.map(({ type }) => type)).toEqual([
      'node_enrolled',
      'node_admitted',
      'node_denied',
      'node_admitted',
    ]);
    expect(code).toBe(3);
  });

  it('refuses unknown options and names the help', async () => {
    const { code, stderr } = await run(['--epochs']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--epoch-seconds N')]);
  });
});

describe('the demo’s options', () => {
  it.each(['1', '11', '2.5', 'x', ''])('refuse epochs of %j s', (text) => {
    expect(() => parseOptions(['--epoch-seconds', text])).toThrow('--epoch-seconds must be');
  });

  it('have defaults', () => {
    const defaults = { json: false, keep: false, dryRun: false, dashboard: false, epochSeconds: 4 };
    expect(parseOptions([])).toEqual(defaults);
  });

  it('have longer epochs with a dashboard, unless they are named', () => {
    expect(parseOptions(['--dashboard'])).toMatchObject({ dashboard: true, epochSeconds: 10 });
    expect(parseOptions(['--dashboard', '--epoch-seconds', '3'])).toMatchObject({ epochSeconds: 3 });
  });

  it('refuse a story as data together with a dashboard, which has no story', () => {
    expect(() => parseOptions(['--dashboard', '--json'])).toThrow('leave one out');
  });
});
