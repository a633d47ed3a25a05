// Findings: their edges, and what of them is kept.

import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { Findings, type Ongoing } from '../../src/alerts/findings.ts';
import { type GoingOnPorts, goingOn } from '../../src/alerts/going-on.ts';
import { KeptFindings } from '../../src/alerts/kept-findings.ts';
import type { FindingRow } from '../../src/store/alert-rows.ts';

const flood: Ongoing = { event: 'flood', severity: 'warning', summary: 'a flood' };
const silent = (subject: string): Ongoing => ({
  event: 'witness',
  severity: 'warning',
  summary: `${subject} is silent`,
  subject,
});

describe('the edges', () => {
  it('are told once at the beginning and once at the end, for each subject', () => {
    const findings = new Findings();
    const look = (...now: Ongoing[]) =>
      findings.look(now).map(({ status, event, subject = '' }) => `${status} ${event} ${subject}`.trim());
    expect(look(flood, silent('a'))).toEqual(['firing flood', 'firing witness a']);
    expect(look(flood, silent('a'), silent('b'))).toEqual(['firing witness b']);
    expect(look(silent('b'))).toEqual(['resolved flood', 'resolved witness a']);
    expect(look(silent('b'))).toEqual([]);
    expect(look(flood)).toEqual(['firing flood', 'resolved witness b']);
  });

  it('of a moment are told at each look, and have no end', () => {
    const findings = new Findings();
    const jump: Ongoing = { event: 'clock', severity: 'warning', summary: 'a jump', isMoment: true };
    const [edge] = findings.look([jump]);
    expect(edge).toEqual({ event: 'clock', severity: 'warning', summary: 'a jump', status: 'event' });
    expect(findings.look([])).toEqual([]);
  });

  it('are told of 64 subjects side by side at most', () => {
    const nodes = Array.from({ length: 100 }, (_, at) => silent(`node-${at}`));
    expect(new Findings().look(nodes)).toHaveLength(64);
  });
});

/** A table that can be broken. */
function rows() {
  const table = new Map<number, FindingRow>();
  const state = { isBroken: false };
  const write = (work: () => void) => {
    if (state.isBroken) throw new Error('disk full');
    work();
  };
  return {
    state,
    table,
    findings: () => [...table.values()].sort((one, other) => one.finding - other.finding),
    keepFinding: (row: FindingRow) => write(() => table.set(row.finding, row)),
    dropFindings: (gone: readonly number[]) =>
      write(() => {
        for (const finding of gone) table.delete(finding);
      }),
  };
}

describe('kept findings', () => {
  const open = (store: ReturnType<typeof rows>) =>
    new KeptFindings({ rows: store, newId: () => '00', nowMs: () => 5, logSize: () => 9 });

  it('go on after a restart where they were: no second beginning, and an end', () => {
    const store = rows();
    const first = open(store);
    first.look([flood]);
    first.save();
    const second = open(store);
    expect(second.look([flood])).toEqual([]);
    expect(second.look([])).toMatchObject([
      { position: { finding: 2 }, logSize: 9, alert: { status: 'resolved', atMs: 5 } },
    ]);
  });

  it('are told while they cannot be stored, and stored later', () => {
    const store = rows();
    const kept = open(store);
    store.state.isBroken = true;
    expect(kept.look([flood])).toHaveLength(1);
    expect(() => kept.save()).toThrow('disk full');
    store.state.isBroken = false;
    kept.save();
    expect([...store.table.keys()]).toEqual([1]);
  });

  it('go when everybody was told, but for the newest and what goes on', () => {
    const store = rows();
    const kept = open(store);
    kept.look([flood, silent('a')]);
    kept.look([silent('a')]);
    kept.look([silent('a'), silent('b')]);
    kept.save();
    kept.prune(0);
    expect(store.table.size).toBe(4);
    kept.prune(4);
    expect(kept.all().map(({ position }) => position.finding)).toEqual([2, 4]);
    expect([...store.table.keys()]).toEqual([2, 4]);
  });
});

describe('what goes on', () => {
  const quiet: GoingOnPorts = {
    nowMs: () => 1_000_000_000,
    isFlooded: () => false,
    isStorageFailing: () => false,
    clockJump: () => undefined,
    witnesses: () => [],
    refusers: () => [],
    caEndsAtMs: () => 1_000_000_000 + 90 * 86_400_000,
    nodeCertificates: () => [{ nodeId: parseNodeId('node-a'), endsAtMs: 1_000_000_000 + 10_800_000 }],
    certificateMs: 86_400_000,
  };
  const witness = (sinceMs: number, isFork: boolean) => () => [
    { url: 'https://w', trouble: { sinceMs, isFork } },
  ];
  const seen = (changed: Partial<GoingOnPorts>) =>
    [...goingOn({ ...quiet, ...changed })].map(({ event, subject = '' }) => `${event} ${subject}`.trim());

  it.each([
    ['nothing', {}, []],
    ['a flood', { isFlooded: () => true }, ['flood']],
    ['a database that takes no writes', { isStorageFailing: () => true }, ['storage']],
    ['a jump of the clock', { clockJump: () => -7_000 }, ['clock']],
    [
      'a witness that is silent for five minutes',
      { witnesses: witness(999_700_000, false) },
      ['witness https://w'],
    ],
    ['a witness that is silent for less', { witnesses: witness(999_700_001, false) }, []],
    ['a witness with another history', { witnesses: witness(999_999_999, true) }, ['fork https://w']],
    ['a node that refuses the log', { refusers: () => [parseNodeId('node-b')] }, ['fork node-b']],
    ["the CA's end within 90 days", { caEndsAtMs: () => 1_000_000_000 + 7_775_999_999 }, ['certificate ca']],
    [
      'a node that has not renewed its certificate',
      { nodeCertificates: () => [{ nodeId: parseNodeId('node-a'), endsAtMs: 1_010_799_999 }] },
      ['certificate node-a'],
    ],
  ] as const)('%s', (_, changed, events) => {
    expect(seen(changed)).toEqual(events);
  });
});
