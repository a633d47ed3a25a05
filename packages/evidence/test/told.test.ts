// What the log says that a node was told, beside what the node has kept of it.

import { ed25519PublicKey, encodeBase64, formatRfc3339, signEd25519, toHex } from '@mesh/primitives';
import { answerDigest, type KeptAnswer, signMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { compareTold, parseProofFile, renderProofFile, type Telling, verifyProof } from '../src/index.ts';
import { addTold, denialStory, MESH, MeshTree, NODE, trust } from './support/mesh-log.ts';

const KEY = new Uint8Array(32).fill(5);
const { log, decision, message } = denialStory();
const atMs = log.lastMs();

function answer(version: string, sentAtMs: number): { kept: KeptAnswer; telling: Telling } {
  const body = { mesh_id: MESH, node_id: NODE, version, allowed: false, reason_code: 'below_threshold' };
  const signed = signMessage('config', body, (bytes) => signEd25519(bytes, KEY));
  const sha256 = toHex(answerDigest('config', body));
  const common = { kind: 'config' as const, sha256, version, allowed: false };
  return {
    telling: { ...common, sent_at: formatRfc3339(sentAtMs), reason_code: 'below_threshold' },
    kept: {
      ...common,
      epoch_id: 1,
      server_time_ms: sentAtMs,
      signed_by: encodeBase64(ed25519PublicKey(KEY)),
      signature: signed.signature,
      body: JSON.stringify(body, Object.keys(body).sort()),
    },
  };
}
const [first, second, denied, later] = [0, 1, 2, 60_000].map((ms) => answer(`1.${ms}`, atMs + ms)) as [
  ReturnType<typeof answer>,
  ReturnType<typeof answer>,
  ReturnType<typeof answer>,
  ReturnType<typeof answer>,
];
const index = addTold(log, [first.telling, second.telling]);
const tree = new MeshTree(log);
const file = tree.file(decision, message, { told: [tree.told(index, [first.telling, second.telling])] });
const { told = [], verdict } = verifyProof(parseProofFile(renderProofFile(file)), trust);

it('is shown by the file', () => {
  expect(verdict).toBe('proven');
  expect(told.map(({ version, allowed }) => [version, allowed])).toEqual([
    ['1.0', false],
    ['1.1', false],
  ]);
});

it('is refused if an answer is dated after the entry that says it was given', () => {
  const other = denialStory().log;
  const ahead = { ...first.telling, sent_at: formatRfc3339(atMs + 3_600_000) };
  const at = addTold(other, [ahead]);
  const made = new MeshTree(other);
  const report = verifyProof(made.file(decision, message, { told: [made.told(at, [ahead])] }), trust);
  expect(report.steps.at(-1)).toMatchObject({ step: 'told', code: 'back_dated' });
});

describe('what the node has kept', () => {
  const node = { meshId: MESH, nodeId: NODE };
  const outcomes = (kept: readonly KeptAnswer[]) =>
    compareTold(told, kept, node).map(({ outcome, shows }) => `${outcome} ${shows}`);

  it('is in the log, is denied by it, or is later than the file', () => {
    expect(outcomes([first.kept, denied.kept, later.kept])).toEqual([
      'in_log answer',
      'not_in_log answer',
      'later answer',
    ]);
  });

  it('is left out if it is of an epoch that the file does not show', () => {
    expect(outcomes([{ ...first.kept, epoch_id: 2 }])).toEqual([]);
  });

  it('shows nothing if it does not fit', () => {
    const { body: _, ...bare } = denied.kept;
    const changed = [
      bare,
      { ...denied.kept, body: first.kept.body },
      { ...denied.kept, signature: first.kept.signature },
      { ...denied.kept, signed_by: encodeBase64(new Uint8Array(32)) },
      { ...denied.kept, body: 'no JSON' },
      { ...denied.kept, kind: 'removal_notice' as const },
    ];
    expect(outcomes(changed as KeptAnswer[])).toEqual(changed.map(() => 'not_in_log nothing'));
    expect(compareTold(told, [denied.kept], { ...node, nodeId: 'node-b' as never })[0]?.shows).toBe(
      'nothing',
    );
  });
});
