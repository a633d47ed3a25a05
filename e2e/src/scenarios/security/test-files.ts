// Runs test files of the repository as a part of a scenario: attacks that are as long there as they can be.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  const folder = mkdtempSync(join(tmpdir(), 'aligned-mesh-tests-'));
  const outputFile = join(folder, 'report.json');
  const args = ['run', '--reporter=json', `--outputFile=${outputFile}`, ...files];
  try {
    const child = spawn(process.execPath, [VITEST, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    const report = JSON.parse(readFileSync(outputFile, 'utf8')) as JsonReport;
    say(`${report.numPassedTests} of ${report.numTotalTests} tests`);
    return resultOf(report, files, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultOf(report: JsonReport, files: readonly string[], code: number | null): ScenarioResult {
  const failed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  return {
    ok: code === 0 && report.numTotalTests > 0,
    measured: { files, tests: report.numTotalTests, passed: report.numPassedTests, failed },
  };
}
