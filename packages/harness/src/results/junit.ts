// JUnit XML, as test runners write it.
//
//   passed        test cases that passed / all; a skipped one did not pass
//   suite.NAME    the same for the suites with this name

import { type Measure, share } from './measure.ts';
import { type Report, reportOf, unfit } from './report.ts';
import { readReportTime } from './report-time.ts';
import { parseXml, type XmlElement } from './xml.ts';

interface Tally {
  passed: number;
  all: number;
}

export function readJunit(text: string): Report {
  const root = parseXml(text);
  if (root.name !== 'testsuites' && root.name !== 'testsuite')
    throw unfit('this is no JUnit report: its root is neither testsuites nor testsuite');
  const suites = suitesIn(root);
  const byName = new Map<string, Tally>();
  const total: Tally = { passed: 0, all: 0 };
  for (const suite of suites) {
    requireWhole(suite);
    const own = casesOf(suite);
    const named = byName.get(suite.attributes.get('name') ?? '') ?? { passed: 0, all: 0 };
    byName.set(suite.attributes.get('name') ?? '', named);
    for (const tally of [total, named]) {
      tally.passed += own.filter(hasPassed).length;
      tally.all += own.length;
    }
  }
  const measures = new Map<string, Measure>([['passed', share(total.passed, total.all)]]);
  for (const [name, { passed, all }] of byName) measures.set(`suite.${name}`, share(passed, all));
  const times = suites.flatMap((suite) => readReportTime(suite.attributes.get('timestamp')) ?? []);
  const measuredAtMs = times.length === 0 ? undefined : times.reduce((one, other) => Math.min(one, other));
  return reportOf({ harness: 'JUnit XML', measuredAtMs }, measures);
}

function suitesIn(element: XmlElement): XmlElement[] {
  const inner = element.children.filter(({ name }) => name === 'testsuite').flatMap(suitesIn);
  return element.name === 'testsuite' ? [element, ...inner] : inner;
}

const casesOf = (suite: XmlElement) => suite.children.filter(({ name }) => name === 'testcase');

const NOT_PASSED = new Set(['failure', 'error', 'skipped']);
const hasPassed = ({ children }: XmlElement) => !children.some(({ name }) => NOT_PASSED.has(name));

/** The counts of a suite are those of its own cases or of those of all suites inside it too. */
function requireWhole(suite: XmlElement): void {
  const own = casesOf(suite);
  const all = suitesIn(suite).flatMap(casesOf);
  const [tests, failures, errors] = ['tests', 'failures', 'errors'].map((name) => suite.attributes.get(name));
  const countOf = (cases: readonly XmlElement[]) => ({
    tests: cases.length,
    bad: cases.filter(({ children }) => children.some(({ name }) => name === 'failure' || name === 'error'))
      .length,
  });
  const bad = Number(failures ?? 0) + Number(errors ?? 0);
  const fits = [own, all]
    .map(countOf)
    .some((count) => (tests === undefined || Number(tests) === count.tests) && bad <= count.bad);
  if (!fits)
    throw unfit(
      `the suite ${JSON.stringify(suite.attributes.get('name') ?? '')} counts other tests than it holds: run the tests again`,
    );
}
