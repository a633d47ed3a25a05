// The mesh as the stream tells it: whole, in changes, and anew.

import { expect, it } from 'vitest';
import { countStandings } from '../../src/live/counts.ts';
import { MeshModel, pathIn, tunnelIn } from '../../src/live/mesh-model.ts';
import { leb128, message, nodeOf, pairsOf, START_MS } from './state.ts';

const entry = (index: number) => ({ index, entry: { type: 'x' } });

it('takes a whole state, and changes of it, in the order of the names', () => {
  const model = new MeshModel();
  const nodes = [nodeOf(0, 'node-c'), nodeOf(1, 'node-a')];
  expect(model.apply(message({ reset: true, nodes, log: [entry(1), entry(2)] }), 0)).toBe('all');
  expect([model.nodeAt(0)?.id, model.nodeAt(1)?.id, model.positionOf(0)]).toEqual(['node-a', 'node-c', 1]);
  expect(model.controllerNowMs(5)).toBe(START_MS + 5);
  expect(model.apply(message({ nodes: [nodeOf(0, 'node-c', { declining: true })] }), 0)).toEqual(
    new Set([0]),
  );
  expect(model.byId('node-c')?.declining).toBe(true);
  expect(model.apply(message({ nodes: [nodeOf(2, 'node-b')] }), 0)).toBe('all');
  expect(model.order).toEqual([1, 2, 0]);
  expect(model.apply(message({ gone: [1] }), 0)).toBe('all');
  expect(model.order).toEqual([2, 0]);
  model.apply(message({ reset: true, nodes: [nodeOf(0, 'node-z')] }), 0);
  expect([model.order, model.log]).toEqual([[0], []]);
});

it('has each entry of the log once, also where a step comes twice, and keeps the newest', () => {
  const model = new MeshModel();
  model.apply(message({ log: [entry(3), entry(4)] }), 0);
  model.apply(message({ log: [entry(4), entry(5)] }), 0);
  expect(model.log.map(({ index }) => index)).toEqual([3, 4, 5]);
  for (let index = 6; index < 700; index += 1) model.apply(message({ log: [entry(index)] }), 0);
  expect([model.log.length, model.log.at(-1)?.index]).toEqual([500, 699]);
});

it('reads what an end reports of a tunnel, aged to now', () => {
  const model = new MeshModel();
  const pairs = pairsOf(0, [undefined, 10, null, 700], {
    epochs: { 3: null },
    since_ms: { 2: START_MS - 5 },
  });
  model.apply(message({ reset: true, nodes: [nodeOf(0, 'a')], pairs: [pairs] }), 0);
  const report = model.freshReport(0, START_MS + 1_000);
  if (report === undefined) throw new Error('there is a report');
  const at = (n: number) => tunnelIn(report, n, START_MS + 1_000);
  expect(at(0)).toBeUndefined();
  expect(at(9)).toBeUndefined();
  expect(at(1)).toEqual({ handshakeAgeMs: 11_000, forMs: undefined, epoch: 7 });
  expect(at(2)).toEqual({ handshakeAgeMs: undefined, forMs: 1_005, epoch: 7 });
  expect(at(3)).toEqual({ handshakeAgeMs: 701_000, forMs: undefined, epoch: null });
  expect(model.freshReport(0, START_MS + 100_001)).toBeUndefined();
});

it('reads round trips and loss, until they are too old, and says where there is no answer', () => {
  const model = new MeshModel();
  const figures = {
    paths: Buffer.from([1, 3, ...leb128(1 + 5 + 101 * 123), 0, 1]).toString('base64'),
    paths_fresh_ms: 60_000,
  };
  model.apply(message({ reset: true, nodes: [nodeOf(0, 'a')], pairs: [pairsOf(0, [], figures)] }), 0);
  const report = model.reports.get(0);
  if (report === undefined) throw new Error('there is a report');
  const at = (n: number, ms = 60_000) => pathIn(report, n, START_MS + ms);
  expect(at(1)).toEqual({ kind: 'measured', rttMs: 12.3, loss: 0.05 });
  expect(at(3)).toEqual({ kind: 'measured', rttMs: 0, loss: 0 });
  expect(at(2)).toEqual({ kind: 'no_answer' });
  expect([at(0).kind, at(9).kind, at(1, 60_001).kind]).toEqual(['unknown', 'unknown', 'unknown']);
  model.apply(message({ pairs: [pairsOf(0, [])] }), 0);
  const bare = model.reports.get(0);
  expect(bare && pathIn(bare, 1, START_MS).kind).toBe('unknown');
});

it('counts each node once, by what needs attention most', () => {
  const nodes = [
    nodeOf(0, 'a'),
    nodeOf(1, 'b', { declining: true }),
    nodeOf(2, 'c', { probation_until_epoch: 9 }),
    nodeOf(3, 'd', { membership: 'DENIED', declining: true }),
    nodeOf(4, 'e', { membership: 'DENIED', reason_code: 'unreachable' }),
    nodeOf(5, 'f', { membership: 'UNKNOWN' }),
    nodeOf(6, 'g', { troubles: ['tunnel'] }),
  ];
  expect(countStandings(nodes)).toEqual({
    in: 1,
    declining: 1,
    probation: 1,
    cut: 1,
    unreachable: 2,
    pending: 1,
  });
});
