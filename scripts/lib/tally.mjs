// Counts of passed, failed and skipped tests: adds them up, renders them as the closing line, and names what
// failed.

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/** @type {Tally} */
export const EMPTY_TALLY = Object.freeze({ passed: 0, failed: 0, skipped: 0 });

/** @param {readonly Tally[]} tallies @returns {Tally} */
export function addTallies(tallies) {
  return tallies.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failed: sum.failed + next.failed,
      skipped: sum.skipped + next.skipped,
    }),
    EMPTY_TALLY,
  );
}

/** The closing line: `N passed, N failed`, and `, N skipped` if any were. @param {Tally} tally */
export function renderTally({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * 0 if something passed and nothing failed; if skips are refused, nothing may be skipped either.
 *
 * @param {Tally} tally
 * @param {{ refuseSkips: boolean }} options
 */
export function exitCodeOf({ passed, failed, skipped }, { refuseSkips }) {
  return passed > 0 && failed === 0 && !(refuseSkips && skipped > 0) ? 0 : 1;
}

/**
 * Counts vitest's JSON report. A file that broke before it registered a test counts as one failure. So does a
 * run that reports no success although none of its tests failed (because of an unhandled error, for example).
 *
 * @param {{ success: boolean, testResults: { status: string, assertionResults: { status: string }[] }[] }}
 *   report
 * @returns {Tally}
 */
export function tallyVitestReport(report) {
  const perFile = report.testResults.map((file) => {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1;
      else if (status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    if (file.status === 'failed' && counts.failed === 0) counts.failed = 1;
    return counts;
  });
  const tally = addTallies(perFile);
  return !report.success && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/**
 * One line for each failed test of vitest's JSON report, and for each file that broke before it registered a
 * test: the file, the test's full name, the first line of the error. A long run repeats these at its end.
 *
 * @param {{ testResults: { name: string, status: string, message?: string, assertionResults: { status:
 *   string, fullName: string, failureMessages?: string[] | null }[] }[] }} report
 * @param {string} root the folder that the files are named from
 * @returns {string[]}
 */
export function describeFailures(report, root) {
  return report.testResults.flatMap((file) => {
    const name = file.name.startsWith(`${root}/`) ? file.name.slice(root.length + 1) : file.name;
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0) {
      return file.status === 'failed' ? [`FAILED: ${name}: ${firstLine(file.message)}`] : [];
    }
    return failed.map(
      ({ fullName, failureMessages }) => `FAILED: ${name}: ${fullName}: ${firstLine(failureMessages?.[0])}`,
    );
  });
}

/** @param {string | undefined} text */
function firstLine(text) {
  const line = (text ?? 'no message').split('\n')[0] ?? '';
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
