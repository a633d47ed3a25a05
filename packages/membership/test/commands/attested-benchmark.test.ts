// `third_party` as a fact: where the policy names attestors, only what one of them has signed about this node
// counts as measured by a third party.

import { ed25519PublicKey, encodeBase64, formatRfc3339, signEd25519 } from '@mesh/primitives';
import { type AttestedResult, signAttestation } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { logEntryOf } from '../../src/index.ts';
import { Mesh, NOW } from '../support/mesh.ts';

const LAB = new Uint8Array(32).fill(1);
const STRANGER = new Uint8Array(32).fill(9);
const RULES = { measuredBy: ['third_party'] };
const attestors = { 'lab-1': encodeBase64(ed25519PublicKey(LAB)) };

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  mesh.policy = parsePolicy({ ...RULES, attestors });
  for (const node of ['node-a', 'node-b']) mesh.enrol(node);
});

const attested = (changes: Partial<AttestedResult> = {}, seed = LAB) =>
  signAttestation(
    {
      meshId: 'testmesh',
      nodeId: 'node-a',
      measuredAt: formatRfc3339(NOW),
      suiteVersion: 'test-1',
      scores: { overall: 0.9 },
      harness: 'promptfoo 0.123.1',
      reportSha256: 'ab'.repeat(32),
      ...changes,
    },
    { keyId: 'lab-1', sign: (message) => signEd25519(message, seed) },
    0.7,
  );

/** What a benchmark leads to: the code of its refusal, or the membership after the next boundary. */
function outcomeOf(...submission: Parameters<Mesh['submission']>): string {
  const outcome = mesh.run(mesh.submission(...submission));
  if (outcome.kind === 'refused') return outcome.problem.code;
  mesh.freeze();
  return mesh.node(submission[0]).membership;
}
const third = { measured_by: 'third_party' } as const;

describe('under a policy with attestors', () => {
  it('a result that an attestor signed lets its node in, and the log says who it was', () => {
    expect(outcomeOf('node-a', 0.9, { ...third, attestation: attested() })).toBe('admitted');
    const accepted = mesh.events.find(({ type }) => type === 'benchmark_accepted');
    if (accepted === undefined) throw new Error('nothing was accepted');
    expect(logEntryOf(accepted).details).toMatchObject({ measured_by: 'third_party', attestor: 'lab-1' });
  });

  it('the claim alone counts as self, and keeps its node out', () => {
    expect(outcomeOf('node-a', 0.9, third)).toBe('never');
    expect(mesh.node('node-a').latest?.measuredBy).toBe('self');
  });

  it.each([
    ['of another node', 'node-b', 0.9, attested()],
    ['for other scores', 'node-a', 1, attested()],
    ['by a stranger', 'node-a', 0.9, attested({}, STRANGER)],
    ['of another mesh', 'node-a', 0.9, attested({ meshId: 'other' })],
  ])('an attestation %s is refused', (_what, node, score, attestation) => {
    expect(outcomeOf(node, score, { ...third, attestation })).toBe('attestation_wrong');
    expect(mesh.node(node).latest).toBeUndefined();
  });

  it('an old attestation is as old as its measuring, however late it is sent', () => {
    mesh.nowMs += 120_001;
    const late = { ...third, measuredAtMs: NOW, attestation: attested() };
    expect(outcomeOf('node-a', 0.9, late)).toBe('benchmark_stale');
    // A later time is not what was signed.
    expect(outcomeOf('node-a', 0.9, { ...late, measuredAtMs: mesh.nowMs })).toBe('attestation_wrong');
  });
});

it('without attestors in the policy the claim lets its node in: it is the node’s word', () => {
  mesh.policy = parsePolicy(RULES);
  expect(outcomeOf('node-a', 0.9, third)).toBe('admitted');
  expect(outcomeOf('node-b', 0.9, { ...third, attestation: attested({}, STRANGER) })).toBe('admitted');
});
