// A real controller, with its own keys, whose log a test makes dishonest: its proofs are made from another
// log than the one that it has shown. The offline verifier catches each of them, by itself.

import { leafHash, parseEntry, rangeRoot, renderCheckpoint, renderEntry, subtreesOver } from '@mesh/audit';
import { type ProofTrust, parseProofFile, verifyProof } from '@mesh/evidence';
import { parseNodeId } from '@mesh/primitives';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveDecision } from '../../src/publish/prove-decision.ts';
import type { OpenedRow } from '../../src/store/read-log.ts';
import { trustOf } from '../support/proofs.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const NODE = parseNodeId('node-a');
let mesh: RunningMesh;
let trust: ProofTrust;
let honest: readonly OpenedRow[];
/** A head that somebody has kept: of the moment before the denial. */
let seen: string;
let decision: number;

beforeAll(async () => {
  mesh = await runningMesh(['node-a', 'node-b']);
  trust = await trustOf(mesh);
  const { publishedLog, openLogEntry, decisionEntries } = mesh.controller.running.services;
  seen = publishedLog.checkpoint() as string;
  await mesh.node('node-a').submit(0.4);
  await mesh.clock.advance(1_000);
  const { size } = publishedLog.head();
  honest = Array.from({ length: size }, (_, index) => openLogEntry(index) as OpenedRow);
  decision = decisionEntries.find({ nodeId: NODE, before: size, denial: true }) as number;
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** What a controller with this log shows and signs. */
function verdictOn(rows: readonly OpenedRow[], more: Partial<ProofTrust> = {}) {
  const { services } = mesh.controller.running;
  const read = subtreesOver((index) => leafHash(Buffer.from(rows[index]?.text as string)));
  const { origin } = services.logKeys;
  const text = renderCheckpoint({
    origin,
    size: rows.length,
    root: rangeRoot(0, rows.length, read),
    extensions: [],
  });
  const checkpoint = services.logKeys.sign(text, Math.ceil(mesh.clock.nowMs() / 1_000));
  const ports = {
    ...services,
    openLogEntry: (index: number) => rows[index],
    publishedLog: { tree: () => ({ size: rows.length, checkpoint, read }) },
  };
  const seenSize = more.seen === undefined ? undefined : Number(more.seen.split('\n')[1]);
  const file = proveDecision(ports, { nodeId: NODE, denial: true, seenSize });
  const { verdict, steps } = verifyProof(parseProofFile(file as string), { ...trust, ...more });
  const last = steps.at(-1);
  return last?.outcome === 'refuted' ? last.code : verdict;
}

/** The rows with some of their entries changed, in their places. */
function changed(index: number, change: (entry: ReturnType<typeof parseEntry>) => object): OpenedRow[] {
  return honest.map((row) => {
    if (row.index !== index) return row;
    const entry = parseEntry(Buffer.from(row.text));
    return { ...row, text: Buffer.from(renderEntry({ ...entry, ...change(entry) })).toString() };
  });
}

const swapped = (one: number, other: number): OpenedRow[] =>
  honest.map((row, index) => {
    const from = index === one ? other : index === other ? one : index;
    const entry = parseEntry(Buffer.from(honest[from]?.text as string));
    return { ...row, ...honest[from], index, text: Buffer.from(renderEntry({ ...entry, index })).toString() };
  });

describe('a controller', () => {
  it('that is honest is believed, also by whoever has seen an earlier head', () => {
    expect(verdictOn(honest)).toBe('proven');
    expect(verdictOn(honest, { seen })).toBe('proven');
  });

  it('that forks its log is caught by the head that was seen, and passes without one', () => {
    const forked = changed(1, ({ atMs }) => ({ atMs: atMs + 1 }));
    expect(verdictOn(forked)).toBe('proven');
    expect(verdictOn(forked, { seen })).toBe('other_history');
  });

  it('that forks its log alone is caught by whoever demands cosignatures', () => {
    expect(verdictOn(honest, { witnessKeys: [], required: 1 })).toBe('too_few_cosignatures');
  });

  it('that drops an entry is caught by the head that was seen', () => {
    const dropped = honest.filter(({ index }) => index !== 0).map((row, index) => ({ ...row, index }));
    expect(verdictOn([...dropped, honest[0] as OpenedRow], { seen })).toBe('other_history');
  });

  it('that changes the order is caught by the order itself', () => {
    const data = parseEntry(Buffer.from(honest[decision]?.text as string)).data;
    expect(verdictOn(swapped(decision, Number(data.benchmark_index)))).toBe('wrong_entry');
  });

  it('that dates a decision back is caught by what it rests on', () => {
    expect(verdictOn(changed(decision, ({ atMs }) => ({ atMs: atMs - 86_400_000 })))).toBe('back_dated');
  });

  it('that gives another reason is caught by taking the decision again', () => {
    const data = (entry: ReturnType<typeof parseEntry>) => ({
      data: { ...entry.data, reason_code: 'stale' },
    });
    expect(verdictOn(changed(decision, data))).toBe('decision_differs');
  });
});
