// docs/threat-model.md says of each threat where an attack succeeds without its guard. Every threat has its
// section, and every test that is named there is there.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headingsOf, linksOf } from '../lib/read-markdown.mjs';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const threatModel = read('docs/threat-model.md');

/** What the proof of concept's list of threats names. */
const LISTED = [
  'Sybil attack',
  'free-riding',
  'resource exhaustion',
  'behavioural drift',
  'eavesdropping',
  'compromised node',
  'controller compromise',
  'replay attack',
  'denial of service',
  'timing attacks',
  'side channels on ephemeral keys',
];

interface Row {
  readonly threat: string;
  readonly section: string;
  readonly path: string;
  readonly title: string;
}

const rowsOf = (markdown: string): Row[] =>
  [...markdown.matchAll(/^\| \[([^\]]+)\]\(#([^)]+)\) +\| `([^`]+\.test\.ts)`: (.+?) *\|$/gm)].map(
    ([, threat = '', section = '', path = '', title = '']) => ({ threat, section, path, title }),
  );
const isNamed = ({ path, title }: Row) => read(path).includes(title);

const rows = rowsOf(threatModel);

describe('the threat model', () => {
  it('has a row for each threat of the list', () => {
    expect(LISTED.filter((threat) => !rows.some((row) => row.threat === threat))).toEqual([]);
  });

  it.each(rows)('on $threat leads to its section, which says what is in place and what is left', (row) => {
    expect(headingsOf(threatModel)).toContain(row.section);
    const sections = threatModel.split(/^### /m);
    const own = sections.find((text) => headingsOf(`### ${text}`)[0] === row.section) ?? '';
    expect(own).toContain('**In place.**');
    expect(own).toContain('**Left.**');
  });

  it.each(rows)('on $threat names a test that is there', (row) => {
    expect(isNamed(row)).toBe(true);
  });

  it('would be told of a test that is gone (control)', () => {
    const [row] = rowsOf('| [x](#x) | `scripts/test/docs.test.ts`: does what no test does |');
    expect(row && isNamed(row)).toBe(false);
    expect(linksOf(threatModel).length).toBeGreaterThan(rows.length);
  });
});
