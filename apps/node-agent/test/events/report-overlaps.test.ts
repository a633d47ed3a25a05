// What the log says about an overlap: what it is, where, since when, and how bad.

import { Writable } from 'node:stream';
import { createLogger } from '@mesh/host';
import { expect, it } from 'vitest';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { reportOverlaps } from '../../src/events/report-overlaps.ts';
import type { RouteOverlap } from '../../src/plan/route-overlaps.ts';
import { node } from '../support/plan-fixtures.ts';

const OVERLAP: RouteOverlap = {
  kind: 'address',
  prefix: '10.9.0.200/24',
  interfaceName: 'br0',
  table: 'main',
  sinceMs: 1_900_000_000_000,
  handled: 'host-routes',
  peers: [],
};

it('an overlap is logged with what it is, where and since when: as a warning, or as an error if peers are kept off', () => {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const events: AgentEvent[] = [];
  let changes = 0;
  const { found, gone } = reportOverlaps({
    record: (event) => void events.push(event),
    logger: createLogger({ level: 'info', destination }),
    changed: () => {
      changes += 1;
    },
  });
  found(OVERLAP);
  found({ ...OVERLAP, handled: 'refused' });
  found({ ...OVERLAP, handled: 'leaking', peers: [node('b')] });
  gone(OVERLAP);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const common = {
    reason: 'address',
    prefix: '10.9.0.200/24',
    interface: 'br0',
    table: 'main',
    since: '2030-03-17T17:46:40.000Z',
  };
  expect(lines).toMatchObject([
    { ...common, level: 'warn', msg: expect.stringContaining('a route of its own') },
    { ...common, level: 'error', msg: expect.stringContaining('nobody is let onto the interface') },
    { ...common, level: 'error', msg: expect.stringContaining('in the clear'), peer_ids: ['b'] },
    { ...common, level: 'info', msg: expect.stringContaining('is gone') },
  ]);
  expect(events.map(({ type }) => type)).toEqual([
    'overlap_found',
    'overlap_found',
    'overlap_found',
    'overlap_gone',
  ]);
  expect(changes).toBe(4);
});
