// A node holds the log to the head that it has accepted: what forks it, shortens it, reorders or back-dates
// it is refused, and would not be by a node that remembers nothing.

import { renderVerifierKey } from '@mesh/audit';
import { encodeBase64 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { judgeHead, judgeSharedHead, type SaidHead } from '../../src/log/judge-head.ts';
import type { SignedLogHead } from '../../src/log/log-head.ts';
import { pinLog } from '../../src/log/pinned-log.ts';
import {
  ED25519_KEY,
  LIES,
  LOG_ORIGIN,
  ML_DSA_KEY,
  PINNED,
  STRANGERS_KEYS,
  TestLog,
} from '../support/test-log.ts';

const log = new TestLog();
const judge = (held: SignedLogHead | undefined, said: SaidHead) => {
  const verdict = judgeHead(PINNED, held, said);
  return verdict.kind === 'refused' ? verdict.refusal.code : verdict.kind;
};
function accepted(size: number, from = log): SignedLogHead {
  const verdict = judgeHead(PINNED, undefined, from.said(size, 0));
  if (verdict.kind !== 'newer') throw new Error(`the first head is ${verdict.kind}`);
  return verdict.head;
}
const AT_SEVEN = accepted(7);

describe('a head of a log that only grows', () => {
  it.each([
    [7, 8],
    [7, 39],
    [1, 2],
    [32, 33],
  ])('from %i entries to %i is accepted', (from, to) => {
    const verdict = judgeHead(PINNED, accepted(from), log.said(to, from));
    expect(verdict).toEqual({
      kind: 'newer',
      head: {
        size: to,
        rootHash: encodeBase64(log.root(to)),
        signatures: log.said(to, from).proof?.signatures,
        timeSeconds: 1_000 + to,
      },
    });
  });

  it('is known without a proof if it is the accepted one', () => {
    expect(judge(AT_SEVEN, { ...log.said(7, 7), proof: undefined })).toBe('known');
  });

  it('is accepted by a log that signs with other keys beside the pinned ones', () => {
    expect(
      judge(AT_SEVEN, log.said(8, 7, { keys: [STRANGERS_KEYS[0] as never, ED25519_KEY, ML_DSA_KEY] })),
    ).toBe('newer');
  });
});

describe.each(Object.entries(LIES))('a controller that %s', (_what, lie) => {
  const forked = new TestLog(lie);

  it.each([
    ['at the same size', 7, 'forked'],
    ['in a larger log', 12, 'inconsistent'],
    ['in a smaller log', 5, 'shrunk'],
  ] as const)('is caught %s', (_where, size, code) => {
    expect(judge(AT_SEVEN, forked.said(size, 7))).toBe(code);
  });

  it('is caught with the proof of the honest log too', () => {
    const { head, proof } = forked.said(12, 7);
    const consistency = log.said(12, 7).proof?.consistency ?? [];
    expect(judge(AT_SEVEN, { head, proof: { signatures: proof?.signatures ?? [], consistency } })).toBe(
      'inconsistent',
    );
  });

  it('goes unseen by a node that remembers no head', () => {
    expect(judge(undefined, forked.said(12, 0))).toBe('newer');
  });
});

describe('a head is refused', () => {
  it('if the log has signed it before the accepted one', () => {
    expect(judge(AT_SEVEN, log.said(8, 7, { timeSeconds: 1_006 }))).toBe('back_dated');
    expect(judge(AT_SEVEN, log.said(8, 7, { timeSeconds: 1_007 }))).toBe('newer');
    expect(judge({ ...AT_SEVEN, timeSeconds: 0 }, log.said(8, 7, { timeSeconds: 1_006 }))).toBe('newer');
  });

  it.each([
    ['only Ed25519', [ED25519_KEY]],
    ['only ML-DSA-44', [ML_DSA_KEY]],
    ['a stranger in place of Ed25519', STRANGERS_KEYS],
  ] as const)('with the signature of %s', (_whose, keys) => {
    expect(judge(AT_SEVEN, log.said(8, 7, { keys }))).toBe('unsigned');
  });

  it('if a signature is of another head', () => {
    const { head } = log.said(8, 7);
    expect(judge(AT_SEVEN, { head, proof: log.said(9, 7).proof })).toBe('unsigned');
  });

  it.each(['AAAA', 'AAAAAAAA'])('if a signature is only %s', (text) => {
    const said = log.said(8, 7);
    expect(judge(AT_SEVEN, { ...said, proof: { signatures: [text], consistency: [] } })).toBe('unsigned');
  });

  it('if the proof is cut short, or of another size', () => {
    const said = log.said(12, 7);
    const { signatures, consistency } = said.proof as NonNullable<SaidHead['proof']>;
    for (const wrong of [
      [],
      consistency.slice(1),
      consistency.slice(0, -1),
      log.said(12, 6).proof?.consistency ?? [],
    ])
      expect(judge(AT_SEVEN, { ...said, proof: { signatures, consistency: wrong } })).toBe('inconsistent');
  });

  it('without a proof, once a head was accepted', () => {
    const bare = (size: number) => ({ ...log.said(size, 7), proof: undefined });
    expect([judge(AT_SEVEN, bare(8)), judge(AT_SEVEN, bare(6))]).toEqual(['unproven', 'unproven']);
    expect(judge(AT_SEVEN, { ...new TestLog(LIES['drops an entry']).said(7, 7), proof: undefined })).toBe(
      'forked',
    );
    expect(judge(undefined, bare(8))).toBe('known');
  });
});

describe('a node', () => {
  it('that does not know the log compares nothing', () => {
    const said = new TestLog(LIES['drops an entry']).said(7, 7);
    expect(judgeHead(undefined, AT_SEVEN, said).kind).toBe('known');
  });

  it('pins keys of the log only, and leaves out what it cannot read', () => {
    const texts = [ED25519_KEY, ML_DSA_KEY].map(({ key }) => renderVerifierKey(key));
    const keysOf = (origin: string, verifier_keys: string[]) =>
      pinLog({ origin, verifier_keys })?.keys.length;
    expect(keysOf(LOG_ORIGIN, texts)).toBe(2);
    expect(keysOf(LOG_ORIGIN, [...texts, 'another kind of key'])).toBe(2);
    expect(keysOf('another/log', texts)).toBeUndefined();
  });

  it('takes another root of the accepted size from a notice for what it is, and no other size', () => {
    const shared = (size: number, from = log) => judgeSharedHead(AT_SEVEN, from.said(size, 0).head).kind;
    const forked = new TestLog(LIES['drops an entry']);
    expect([shared(7), shared(7, forked), shared(6, forked), shared(8, forked)]).toEqual([
      'known',
      'refused',
      'known',
      'known',
    ]);
    expect(judgeSharedHead(undefined, forked.said(7, 0).head).kind).toBe('known');
  });
});
