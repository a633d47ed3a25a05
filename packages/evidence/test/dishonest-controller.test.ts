// What a controller could do to its log, and what an honest log's proof could be changed to.

import { portableSha256, toHex, utf8 } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import type { ProofFile } from '../src/index.ts';
import { EvidenceError, parseProofFile, renderProofFile, verifyProof } from '../src/index.ts';
import {
  addDecision,
  addEnrolment,
  addPolicy,
  addResult,
  admissionStory,
  denialStory,
  logKey,
  MeshLog,
  MeshTree,
  NODE,
  NOON,
  signedBenchmark,
  trust,
} from './support/mesh-log.ts';

const faultOf = (file: ProofFile, asked = trust): string | undefined => {
  const last = verifyProof(file, asked).steps.at(-1);
  return last?.outcome === 'refuted' ? last.code : last?.outcome;
};

describe('a controller that', () => {
  it('shows another history than before is caught by a head that was seen', () => {
    const honest = denialStory();
    const forked = denialStory(0.5);
    const seen = new MeshTree(honest.log).head();
    const file = new MeshTree(forked.log).file(forked.decision, forked.message);
    expect(faultOf(file)).toBe('shown');
    expect(faultOf(file, { ...trust, seen })).toBe('other_history');
    expect(faultOf(new MeshTree(honest.log).file(honest.decision, honest.message), { ...trust, seen })).toBe(
      'shown',
    );
  });

  it('drops an entry, or puts another in its place, is caught by a smaller head that was seen', () => {
    const honest = denialStory();
    const tree = new MeshTree(honest.log);
    const seen = tree.head(5);
    const linked = tree.file(honest.decision, honest.message, { extends: tree.linkTo(5) });
    expect(faultOf(linked, { ...trust, seen })).toBe('shown');
    const dropped = new MeshLog();
    addPolicy(dropped);
    addEnrolment(dropped);
    const bad = addResult(dropped, { overall: 0.4, refusal: 0.9 });
    addDecision(dropped, bad.index, { membership: 'never' }, { type: 'node_denied' });
    dropped.add('epoch_opened', {});
    const other = new MeshTree(dropped);
    const file = other.file(4, bad.message, { extends: other.linkTo(5) });
    expect(faultOf(file, { ...trust, seen })).toBe('other_history');
    expect(faultOf({ ...file, extends: undefined }, { ...trust, seen })).toBe('not_linked');
  });

  it('puts the decision before its result is caught by the order', () => {
    const { log, decision, message, result } = denialStory();
    const [late] = log.drafts.splice(result, 1);
    log.drafts.push(late as (typeof log.drafts)[number]);
    const draft = log.drafts[decision - 1] as (typeof log.drafts)[number];
    draft.entry = { ...draft.entry, data: { ...draft.entry.data, benchmark_index: decision } };
    const tree = new MeshTree(log);
    const file = tree.file(decision, message, { decision: decision - 1 });
    expect(faultOf(file)).toBe('wrong_order');
  });

  it('dates a decision before what it rests on is caught', () => {
    const { log, decision, message } = denialStory();
    const draft = log.drafts[decision] as (typeof log.drafts)[number];
    draft.entry = { ...draft.entry, atMs: NOON - 86_400_000 };
    expect(faultOf(new MeshTree(log).file(decision, message))).toBe('back_dated');
  });

  it('dates a head before the entries that it covers is caught', () => {
    const { log, decision, message } = denialStory();
    const tree = new MeshTree(log);
    const checkpoint = tree.head(undefined, NOON - 86_400_000);
    expect(faultOf(tree.file(decision, message, { checkpoint }))).toBe('back_dated');
  });

  it('denies against its policy is caught by taking the decision again', () => {
    const log = new MeshLog();
    addPolicy(log);
    addEnrolment(log);
    const good = addResult(log, { overall: 0.9, refusal: 0.9 });
    const decision = addDecision(log, good.index, { membership: 'never' }, { type: 'node_denied' });
    expect(faultOf(new MeshTree(log).file(decision, good.message))).toBe('decision_differs');
  });

  it('gives another reason than the policy is caught', () => {
    const { log, result, message } = denialStory();
    log.drafts.pop();
    const decision = addDecision(log, result, {}, { data: { reason_code: 'revoked' } });
    expect(faultOf(new MeshTree(log).file(decision, message))).toBe('decision_differs');
  });

  it('claims another standing than the log has is caught', () => {
    const { log, result, message } = denialStory();
    log.drafts.pop();
    const decision = addDecision(log, result, { status: 'quarantined' });
    expect(faultOf(new MeshTree(log).file(decision, message))).toBe('state_differs');
  });

  it('logs other numbers than the node has signed is caught', () => {
    const { log, result, decision, message } = denialStory();
    const draft = log.drafts[result] as (typeof log.drafts)[number];
    draft.details = { ...draft.details, scores: { overall: 0.3, refusal: 0.9 } };
    expect(faultOf(new MeshTree(log).file(decision, message))).toBe('numbers_differ');
  });

  it('makes the message up is caught by the signature', () => {
    const log = new MeshLog();
    addPolicy(log);
    addEnrolment(log);
    const { index } = addResult(log, { overall: 0.4, refusal: 0.9 });
    const decision = addDecision(log, index, { membership: 'never' }, { type: 'node_denied' });
    const forged = signedBenchmark(
      { overall: 0.4, refusal: 0.9 },
      log.lastMs(),
      log.lastMs(),
      new Uint8Array(32).fill(9),
    );
    expect(faultOf(new MeshTree(log).file(decision, forged))).toBe('message_differs');
    const draft = log.drafts[index] as (typeof log.drafts)[number];
    const hash = toHex(portableSha256(utf8(forged)));
    draft.entry = { ...draft.entry, data: { ...draft.entry.data, message_sha256: hash } };
    expect(faultOf(new MeshTree(log).file(decision, forged))).toBe('bad_signature');
  });

  it('shows another text of the policy than it logged is caught by the hash', () => {
    const { log, decision, message } = denialStory();
    const draft = log.drafts[0] as (typeof log.drafts)[number];
    draft.entry = { ...draft.entry, data: { ...draft.entry.data, policy: { threshold: 0.1 } } };
    expect(faultOf(new MeshTree(log).file(decision, message))).toBe('policy_differs');
  });
});

describe('a controller whose log has values that no controller writes', () => {
  it('is caught by a time that is none', () => {
    const { log, good } = admissionStory();
    log.add('node_unreachable', { since: 'yesterday' }, { nodeId: NODE });
    const decision = addDecision(log, good.index, {});
    expect(faultOf(new MeshTree(log).file(decision, good.message))).toBe('wrong_entry');
  });

  it('is caught by what the alarm cannot have remembered', () => {
    const alarmed = parsePolicy({ threshold: 0.7, alarm: { promptsPerFalseCut: 1000 } });
    const { log, good } = admissionStory(alarmed, { overall: 0.9 }, { overall: 400 });
    const draft = log.drafts[good.index] as (typeof log.drafts)[number];
    const { watch } = draft.details as { watch: { metrics: { overall: object } } };
    const metrics = { overall: { ...watch.metrics.overall, evidence: [-1] } };
    draft.details = { ...draft.details, watch: { ...watch, metrics } } as never;
    const next = addResult(log, { overall: 0.9 }, good.result, { overall: 400 });
    const decision = addDecision(log, next.index, {});
    const { steps } = verifyProof(new MeshTree(log).file(decision, next.message), trust);
    expect(steps.at(-1)).toMatchObject({
      code: 'watch_differs',
      sentence: expect.stringContaining('no controller writes'),
    });
  });

  it('is caught by details that are no object, before anything is verified', () => {
    const { log, decision, message } = denialStory();
    const text = renderProofFile(new MeshTree(log).file(decision, message));
    const opened = /"details":\{.*?\},"salt"/.exec(text)?.[0] ?? '';
    expect(() => parseProofFile(text.replace(opened, '"details":null,"salt"'))).toThrow(/opened\.details: /);
  });
});

describe('an honest proof of which something was changed', () => {
  const { log, decision, message } = denialStory();
  const tree = new MeshTree(log);
  // With one signature: a second one would make a changed first one one of an unknown key.
  const file = tree.file(decision, message, { checkpoint: tree.head(undefined, undefined, [logKey]) });

  it.each([
    ['an entry of another node', { nodeId: 'node-b' as typeof NODE }, 'wrong_entry'],
    ['another decision named', { decision: 0 }, 'wrong_order'],
    ['an entry left out', { entries: file.entries.filter(({ index }) => index !== 0) }, 'policy_differs'],
    ['entries in another order', { entries: [...file.entries].reverse() }, 'wrong_order'],
    ['another message', { message: signedBenchmark({ overall: 0.41 }, NOON) }, 'message_differs'],
  ])('%s is refused', (_, changes, fault) => {
    expect(faultOf({ ...file, ...changes })).toBe(fault);
  });

  it('is refused after any change of one bit', () => {
    const text = renderProofFile(file);
    const bytes = Buffer.from(text);
    const survivors: number[] = [];
    // A prime stride meets every part of the file, and every bit of a byte.
    for (let at = 0; at < bytes.length; at += 13) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] as number) ^ (1 << (at % 7));
      if (isAccepted(copy.toString())) survivors.push(at);
    }
    expect(survivors).toEqual([]);
  });

  function isAccepted(text: string): boolean {
    try {
      return verifyProof(parseProofFile(text), trust).verdict !== 'refuted';
    } catch (error) {
      if (error instanceof EvidenceError) return false;
      throw error;
    }
  }
});
