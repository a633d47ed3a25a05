// What the log says that a node was told, beside what the node has kept of it.

import {
  ed25519PublicKey,
  encodeBase64,
  formatRfc3339,
  parseNodeId,
  signEd25519,
  toHex,
} from '@mesh/primitives';
import { answerDigest, type KeptAnswer, signMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import {
  compareTold,
  parseProofFile,
  parseToldAnswer,
  renderProofFile,
  renderToldAnswer,
  type Telling,
  verifyProof,
  verifyTold,
} from '../src/index.ts';
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
const [first, second, denied, later] = [0, 1, 2, 120_000].map((ms) => answer(`1.${ms}`, atMs + ms)) as [
  ReturnType<typeof answer>,
  ReturnType<typeof answer>,
  ReturnType<typeof answer>,
  ReturnType<typeof answer>,
];
/** So long after `denied` that the log has an account of that time. */
const recordedMs = atMs + 2 + 60_000;
const index = addTold(log, [first.telling, second.telling], recordedMs);
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

  it('is later from a minute before the entry on: what was told while it was made is in the next one', () => {
    const at = (sentAtMs: number) => outcomes([answer('1.9', sentAtMs).kept])[0];
    expect(at(recordedMs - 60_000)).toBe('not_in_log answer');
    expect(at(recordedMs - 59_999)).toBe('later answer');
    expect(at(recordedMs)).toBe('later answer');
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

describe('an answer that says what a node was told', () => {
  const node = { meshId: MESH, nodeId: NODE };
  const parts = file.told ?? [];
  const answered = { checkpoint: file.checkpoint, told: [...parts], next: null };
  const verified = (text: string, who = node) => verifyTold(parseToldAnswer(text), who, trust);

  it('is verified by the log: it has the answers of the proof file', () => {
    expect(verified(renderToldAnswer(answered))).toEqual(told);
    expect(verified(renderToldAnswer({ ...answered, told: [] }))).toEqual([]);
    expect(parseToldAnswer(renderToldAnswer({ ...answered, next: 7 })).next).toBe(7);
  });

  const [part] = parts as [(typeof parts)[number]];
  it.each([
    ['another digest', { tellings: [{ ...first.telling, sha256: '0'.repeat(64) }, second.telling] }],
    ['an answer less', { tellings: [first.telling] }],
    ['an answer more', { tellings: [first.telling, second.telling, denied.telling] }],
    ['another place', { place: part.place + 1 }],
    ['another salt', { salt: new Uint8Array(32) }],
    ['another entry', { entry: part.entry.replace('configs_told', 'config_told') }],
    ['no path', { path: [new Uint8Array(32)] }],
  ])('is refused with %s', (_what, changes) => {
    const changed = renderToldAnswer({ ...answered, told: [{ ...part, ...changes }] });
    expect(() => verified(changed)).toThrow(expect.objectContaining({ code: 'refuted' }));
  });

  it('is refused for another node, twice the same, and under a head that another key has signed', () => {
    const text = renderToldAnswer(answered);
    const refuted = expect.objectContaining({ code: 'refuted' });
    expect(() => verified(text, { ...node, nodeId: parseNodeId('another') })).toThrow(refuted);
    expect(() => verified(renderToldAnswer({ ...answered, told: [part, part] }))).toThrow(refuted);
    expect(() => verified(text.replace(trust.origin, 'log.elsewhere'))).toThrow(refuted);
  });

  it.each([
    ['no JSON', 'no'],
    ['a field less', '{"checkpoint":"","told":[]}'],
    ['a field more', '{"checkpoint":"","told":[],"next":null,"other":1}'],
    ['more entries than fit', renderToldAnswer({ ...answered, told: Array.from({ length: 9 }, () => part) })],
  ])('that is %s cannot be read', (_what, text) => {
    expect(() => parseToldAnswer(text)).toThrow(expect.objectContaining({ code: 'invalid_file' }));
  });
});
