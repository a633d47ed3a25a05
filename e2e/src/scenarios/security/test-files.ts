// Runs test files of the repository as a part of a scenario: attacks that are as long there as they can be.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ScenarioResult, ScenarioRun } from '../../scenario.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

interface JsonReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** @param files from the repository's root */
export async function runTestFiles({ say }: ScenarioRun, files: readonly string[]): Promise<ScenarioResult> {
  const child = spawn(process.execPath, [VITEST, 'run', '--reporter=json', ...files], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout.setEncoding('utf8');
  for await (const text of child.stdout) output += text as string;
  const [code] = (await exited) as [number | null];
  const report = JSON.parse(output.slice(output.indexOf('{"num'))) as JsonReport;
  const failed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  say(`${report.numPassedTests} of ${report.numTotalTests} tests`);
  return {
    ok: code === 0 && report.numTotalTests > 0,
    measured: { files, tests: report.numTotalTests, passed: report.numPassedTests, failed },
  };
}
