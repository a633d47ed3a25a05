import { parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { type ProofFile, parseProofFile, renderProofFile, verifyProof } from '../src/index.ts';
import {
  addDecision,
  addResult,
  admissionStory,
  denialStory,
  logKey,
  MeshTree,
  NODE,
  trust,
  witnesses,
} from './support/mesh-log.ts';

const proofOf = ({ log, decision, message }: ReturnType<typeof denialStory>): ProofFile =>
  new MeshTree(log).file(decision, message);
const outcomes = (file: ProofFile, asked = trust) =>
  verifyProof(file, asked).steps.map(({ step, outcome }) => `${step} ${outcome}`);

describe('a proof of a denial', () => {
  it('shows every step, from its file alone', () => {
    const file = parseProofFile(renderProofFile(proofOf(denialStory())));
    const report = verifyProof(file, trust);
    expect(report.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'head shown',
      'entries shown',
      'order shown',
      'policy shown',
      'message shown',
      'details shown',
      'standing shown',
      'decision shown',
    ]);
    expect(report.verdict).toBe('proven');
    expect(report.decision).toMatchObject({
      nodeId: NODE,
      type: 'node_denied',
      reasonCode: 'below_threshold',
    });
    expect(report.steps.at(-1)?.sentence).toContain('overall 0.40 is below');
  });

  it('is cosigned by as many witnesses as are asked for', () => {
    const { log, decision, message } = denialStory();
    const tree = new MeshTree(log);
    const checkpoint = tree.head(undefined, undefined, [logKey, ...witnesses]);
    const file = tree.file(decision, message, { checkpoint });
    expect(verifyProof(file, { ...trust, required: 2 }).verdict).toBe('proven');
    const report = verifyProof(proofOf(denialStory()), { ...trust, required: 1 });
    expect(report.steps.at(-1)).toMatchObject({ outcome: 'refuted', code: 'too_few_cosignatures' });
  });

  it('says what cannot be shown once details are erased', () => {
    const { log, result, decision, message } = denialStory();
    const file = new MeshTree(log).file(decision, undefined);
    const without = (index: number): ProofFile => ({
      ...file,
      entries: file.entries.map(({ opened, ...entry }) =>
        entry.index === index ? entry : { ...entry, opened },
      ),
    });
    const ofResult = verifyProof({ ...without(result), message }, trust);
    expect(ofResult.verdict).toBe('incomplete');
    expect(ofResult.steps.at(-1)).toMatchObject({ outcome: 'missing', code: 'details_erased' });
    const ofDecision = verifyProof({ ...without(decision), message }, trust);
    expect(ofDecision.steps.at(-1)).toMatchObject({ outcome: 'missing', code: 'details_erased' });
    const noMessage = verifyProof(file, trust);
    expect(noMessage.verdict).toBe('incomplete');
    expect(noMessage.steps).toContainEqual(
      expect.objectContaining({ step: 'message', code: 'message_not_kept' }),
    );
    expect(noMessage.steps.at(-1)).toMatchObject({ step: 'decision', outcome: 'shown' });
  });

  it('follows what the alarm remembers from the result before', () => {
    const alarmed = parsePolicy({
      threshold: 0.7,
      decision: { kind: 'interval' },
      alarm: { promptsPerFalseCut: 1000 },
    });
    const samples = { overall: 400 };
    const { log, good: first } = admissionStory(alarmed, { overall: 0.9 }, samples);
    const second = addResult(log, { overall: 0.6 }, first.result, samples);
    const decision = addDecision(log, second.index, {});
    const file = new MeshTree(log).file(decision, second.message);
    expect(outcomes(file)).toContain('alarm shown');
    expect(verifyProof(file, trust).verdict).toBe('proven');
    const { log: forged } = admissionStory(alarmed, { overall: 0.9 }, samples);
    const { watch } = second.result;
    const remembered = { ...watch, measuredAtMs: 0, arrivedAtMs: 0 } as typeof watch;
    const bad = addResult(forged, { overall: 0.6 }, { ...second.result, watch: remembered }, samples);
    const cut = addDecision(forged, bad.index, {});
    const report = verifyProof(new MeshTree(forged).file(cut, bad.message), trust);
    expect(report.steps.at(-1)).toMatchObject({ outcome: 'refuted', code: 'watch_differs' });
  });

  it('of a node without a result needs none', () => {
    const { log, good } = admissionStory();
    log.add('node_left', { sequence: 1, instance_id: 'instance-1' }, { nodeId: NODE });
    const decision = addDecision(log, good.index, { result: 'left' });
    const report = verifyProof(new MeshTree(log).file(decision, good.message), trust);
    expect(report.verdict).toBe('proven');
    expect(report.decision?.reasonCode).toBe('no_benchmark');
  });
});
