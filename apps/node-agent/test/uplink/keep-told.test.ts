// What the agent keeps of what it was told: the text of what a dispute is about, and never a key.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@mesh/host/test-kit';
import { ed25519PublicKey, parseMeshId, parseNodeId } from '@mesh/primitives';
import { type ConfigOrNotice, keptAnswer, signMessage, verifyKept } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { ToldKeeper } from '../../src/uplink/config/keep-told.ts';
import { MOST_TOLD, ToldFile } from '../../src/uplink/config/told-file.ts';
import { configBody, silent, temporaryDirectory } from '../support/agent-fixtures.ts';
import { MESH_ID } from '../support/fake-controller.ts';
import { noticeBody } from '../support/notice-body.ts';
import { scriptedFollower } from '../support/scripted-follower.ts';

const SEED = new Uint8Array(32).fill(7);
const signedBy = ed25519PublicKey(SEED);
const [meshId, nodeId] = [parseMeshId(MESH_ID), parseNodeId('self')];

/** Keeps the answers, and reads back what is on disk of them. */
async function keptOf(...answers: [kind: 'config' | 'removal_notice', body: object][]) {
  const path = join(temporaryDirectory(), 'told.jsonl');
  const keeper = new ToldKeeper({ file: new ToldFile(path), logger: silent });
  for (const [kind, body] of answers) {
    const raw = signMessage(kind, body, SEED);
    keeper.note({ body: raw as unknown as ConfigOrNotice, raw }, signedBy);
  }
  const lines = () => readFileSync(path, 'utf8').trimEnd().split('\n');
  await waitUntil('all of it to be kept', () => {
    try {
      return lines().length >= Math.min(answers.length, MOST_TOLD);
    } catch {
      return false;
    }
  });
  return { text: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777, lines: lines() };
}
const answersIn = (lines: readonly string[]) => lines.map((line) => keptAnswer.parse(JSON.parse(line)));

it('keeps a denial and a notice whole, so that they can be shown to others', async () => {
  const denial = { ...configBody('v2', []), keys: undefined, allowed: false, reason_code: 'quarantined' };
  const { keys: _, ...bare } = denial;
  const { lines, mode } = await keptOf(['config', bare], ['removal_notice', noticeBody({})]);
  const [own, notice] = answersIn(lines);
  expect(mode).toBe(0o600);
  expect(own).toMatchObject({ kind: 'config', version: 'v2', allowed: false });
  expect(notice).toMatchObject({ kind: 'removal_notice' });
  for (const kept of [own, notice]) expect(kept && verifyKept(kept, meshId, nodeId)).toBe('answer');
});

it('keeps no key, and no body that has some', async () => {
  const { keys, ...bare } = configBody('v1', ['a', 'b']);
  const secret = 'c2VjcmV0LXByZXNoYXJlZC1rZXktb2YtMzItYnl0ZXM';
  const body = { ...bare, keys: { ...keys, suite: 'none', current: { epoch_id: 1, psks: { a: secret } } } };
  const { text, lines } = await keptOf(['config', body]);
  expect(text).not.toContain(secret);
  expect(answersIn(lines)[0]).toMatchObject({ version: 'v1' });
  expect(answersIn(lines)[0]).not.toHaveProperty('body');
});

it('is told of every answer that was signed for the node, and of no other', async () => {
  const { give, told, clock } = scriptedFollower();
  const now = () => ({ server_time_ms: clock.nowMs() });
  await give(configBody('v1', ['a'], now()));
  await give({ ...configBody('v2', ['a'], now()), node_id: 'another' });
  expect(told.map(({ body }) => body.version)).toEqual(['v1']);
});
