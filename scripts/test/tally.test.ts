import { describe, expect, it } from 'vitest';
import { addTallies, describeFailures, exitCodeOf, renderTally, tallyVitestReport } from '../lib/tally.mjs';

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((each) => ({ status: each })),
});

describe('counting vitest’s report', () => {
  it('adds up the files and counts every test that did not run as skipped', () => {
    const report = {
      success: true,
      testResults: [
        file('passed', 'passed', 'passed'),
        file('passed', 'passed', 'pending', 'todo', 'skipped'),
      ],
    };
    expect(tallyVitestReport(report)).toEqual({ passed: 3, failed: 0, skipped: 3 });
  });

  it('counts a file that broke on loading as one failure', () => {
    const report = { success: false, testResults: [file('passed', 'passed'), file('failed')] };
    expect(tallyVitestReport(report)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('counts a file with failed tests by its tests', () => {
    const report = { success: false, testResults: [file('failed', 'failed', 'failed', 'passed')] };
    expect(tallyVitestReport(report)).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });

  it('counts an unsuccessful run without a failed test as one failure', () => {
    const report = { success: false, testResults: [file('passed', 'passed')] };
    expect(tallyVitestReport(report)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe('naming what failed', () => {
  it('names the file from the root, the test and the first line of its error', () => {
    const failed = {
      status: 'failed',
      fullName: 'a mesh cuts',
      failureMessages: ['too late\n    at x.ts:1'],
    };
    const passed = { status: 'passed', fullName: 'a mesh admits', failureMessages: [] };
    const report = {
      testResults: [
        { name: '/here/e2e/test/a.test.ts', status: 'failed', assertionResults: [passed, failed] },
        { name: '/here/e2e/test/b.test.ts', status: 'passed', assertionResults: [passed] },
      ],
    };
    expect(describeFailures(report, '/here')).toEqual(['FAILED: e2e/test/a.test.ts: a mesh cuts: too late']);
  });

  it('names a file that broke before it registered a test', () => {
    const report = {
      testResults: [
        { name: '/else/b.test.ts', status: 'failed', message: 'no module\nhere', assertionResults: [] },
      ],
    };
    expect(describeFailures(report, '/here')).toEqual(['FAILED: /else/b.test.ts: no module']);
  });
});

describe('the closing line', () => {
  it.each([
    [{ passed: 3, failed: 0, skipped: 0 }, '3 passed, 0 failed'],
    [{ passed: 3, failed: 2, skipped: 1 }, '3 passed, 2 failed, 1 skipped'],
  ])('renders %o', (tally, line) => {
    expect(renderTally(tally)).toBe(line);
  });

  it('adds nothing up to nothing', () => {
    expect(addTallies([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });

  it.each([
    ['all passed', { passed: 1, failed: 0, skipped: 0 }, true, 0],
    ['one failed', { passed: 9, failed: 1, skipped: 0 }, false, 1],
    ['nothing ran', { passed: 0, failed: 0, skipped: 0 }, false, 1],
    ['a skip where skips are refused', { passed: 9, failed: 0, skipped: 1 }, true, 1],
    ['a skip where skips are allowed', { passed: 9, failed: 0, skipped: 1 }, false, 0],
  ])('exits with the right code when %s', (_, tally, refuseSkips, code) => {
    expect(exitCodeOf(tally, { refuseSkips })).toBe(code);
  });
});
