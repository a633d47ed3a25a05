// What proves the published head to a node: from every size that it may have accepted, made once for all
// nodes that name it, and nothing that is not published.

import {
  openCheckpoint,
  parseVerifierKey,
  renderCheckpoint,
  renderNote,
  verifyConsistency,
} from '@mesh/audit';
import { decodeBase64 } from '@mesh/primitives';
import type { LogProof } from '@mesh/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogProofs } from '../../src/publish/log-proofs.ts';
import { newDirectory, removeDirectory } from '../support/journal.ts';
import { ORIGIN, openPublication, type Publication } from '../support/log-publication.ts';

let directory: string;
let log: Publication;
let proofs: LogProofs;
beforeEach(async () => {
  directory = newDirectory();
  log = await openPublication(directory);
  proofs = new LogProofs({ published: log.published, origin: ORIGIN });
  await log.enrol('node-a');
});
afterEach(async () => {
  await log.close();
  removeDirectory(directory);
});

async function publish(): Promise<{ readonly size: number; readonly root: Uint8Array }> {
  await log.openEpoch();
  await log.clock.advance(1_000);
  return log.opened().checkpoint;
}
const leads = (
  { consistency }: LogProof,
  from: { readonly size: number; readonly root: Uint8Array },
  to: { readonly size: number; readonly root: Uint8Array },
) =>
  verifyConsistency({
    oldSize: from.size,
    oldRoot: from.root,
    newSize: to.size,
    newRoot: to.root,
    proof: consistency.map((hash) => decodeBase64(hash)),
  });

describe('the proof of the published head', () => {
  it('leads from each head before it, and has both signatures of the log', async () => {
    const heads = [await publish()];
    for (const more of [1, 254, 300]) {
      await log.grow('node-a', more);
      heads.push(await publish());
    }
    const newest = heads.at(-1) as (typeof heads)[number];
    for (const before of heads.slice(0, -1)) {
      const proof = proofs.from(before.size) as LogProof;
      expect(leads(proof, before, newest)).toBe(true);
      expect(leads(proof, { ...before, root: newest.root }, newest)).toBe(false);
    }
    const signatures = (proofs.from(0) as LogProof).signatures.map((text) => {
      const bytes = decodeBase64(text);
      return { name: ORIGIN, keyId: bytes.slice(0, 4), signature: bytes.slice(4) };
    });
    const text = renderCheckpoint({ origin: ORIGIN, extensions: [], ...newest });
    const trust = { origin: ORIGIN, logKeys: log.keys.verifierKeys.map(parseVerifierKey) };
    expect(openCheckpoint(renderNote({ text, signatures }), trust).signatures).toHaveLength(2);
    expect(renderNote({ text, signatures })).toBe(log.published.checkpoint());
  });

  it('is made once for all nodes, and anew for the next head', async () => {
    const first = await publish();
    const made = proofs.from(1);
    expect([made === undefined, proofs.from(1) === made]).toEqual([false, true]);
    expect(proofs.from(first.size)).toBeUndefined();
    const next = await publish();
    expect(leads(proofs.from(first.size) as LogProof, first, next)).toBe(true);
    expect(proofs.from(1)).not.toBe(made);
  });

  it('is not there before the first head, and proves nothing of what was not published', async () => {
    expect(proofs.from(0)).toBeUndefined();
    const head = await publish();
    await log.grow('node-a', 9);
    expect(proofs.from(head.size + 9)).toMatchObject({ consistency: [] });
    expect(proofs.from(head.size + 9)?.signatures).toEqual(proofs.from(0)?.signatures);
  });
});
