// What a node has kept of what it was told is in the log of an honest controller, and a log that has another
// account of that time is noticed.

import type { ToldInLog } from '@mesh/evidence';
import { parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import type { KeptAnswer } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { checkTold } from '../../src/uplink/config/check-told.ts';

const node = { meshId: parseMeshId('testmesh'), nodeId: parseNodeId('node-a') };
const MINUTE = 60_000;
const digestOf = (minute: number) => String(minute).padStart(64, '0');

const keptAt = (minute: number): KeptAnswer => ({
  kind: 'config',
  sha256: digestOf(minute),
  version: `1.${minute}`,
  epoch_id: 1,
  server_time_ms: minute * MINUTE,
  signed_by: 'A'.repeat(43).concat('='),
  signature: 'A'.repeat(86).concat('=='),
});
const toldAt = (minute: number, recorded: number): ToldInLog => ({
  epochId: parseEpochId(1),
  index: recorded,
  kind: 'config',
  sha256: digestOf(minute),
  version: `1.${minute}`,
  sentAtMs: minute * MINUTE,
  recordedAtMs: recorded * MINUTE,
});
const outcomes = (kept: readonly number[], told: readonly ToldInLog[]) =>
  checkTold(kept.map(keptAt), told, node).map(({ outcome }) => outcome);

it('is in the log, whatever was told besides', () => {
  expect(outcomes([10, 12], [toldAt(10, 13), toldAt(11, 13), toldAt(12, 13)])).toEqual(['in_log', 'in_log']);
});

it('is not in the log if the log has what was told before and after it, and not this', () => {
  expect(outcomes([10, 11, 12], [toldAt(10, 13), toldAt(12, 13)])).toEqual([
    'in_log',
    'not_in_log',
    'in_log',
  ]);
});

it('is early from one minute before the newest entry on: it can be in the next one', () => {
  const told = [toldAt(10, 20)];
  expect(outcomes([19], told)).toEqual(['not_in_log']);
  expect(checkTold([{ ...keptAt(19), server_time_ms: 19 * MINUTE + 1 }], told, node)[0]?.outcome).toBe(
    'early',
  );
  expect(outcomes([21], told)).toEqual(['early']);
});

it('is gone if it is older than everything that the controller still keeps', () => {
  expect(outcomes([9, 10], [toldAt(10, 20)])).toEqual(['gone', 'in_log']);
});

it('is early where the log has nothing at all yet', () => {
  expect(outcomes([1, 2], [])).toEqual(['early', 'early']);
});

it('says what a kept answer shows: one without its signer shows nothing', () => {
  expect(checkTold([keptAt(1)], [], node)[0]?.shows).toBe('nothing');
});
