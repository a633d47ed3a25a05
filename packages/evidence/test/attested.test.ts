// A result that a third party has signed: its signature is verified again, against the attestors of the
// policy under which the result came.

import {
  ed25519PublicKey,
  encodeBase64,
  formatRfc3339,
  portableSha256,
  signEd25519,
  toHex,
  utf8,
} from '@mesh/primitives';
import { signAttestation, signMessage } from '@mesh/protocol';
import { type Policy, parsePolicy } from '@mesh/scoring';
import { expect, it } from 'vitest';
import { verifyProof } from '../src/index.ts';
import {
  addDecision,
  addEnrolment,
  addPolicy,
  addResult,
  IDENTITY,
  MESH,
  MeshLog,
  MeshTree,
  NODE,
  trust,
} from './support/mesh-log.ts';

const LAB = new Uint8Array(32).fill(11);
const keyOf = (seed: Uint8Array) => encodeBase64(ed25519PublicKey(seed));
const policyOf = (attestors?: Record<string, string>): Policy =>
  parsePolicy({ threshold: 0.7, ...(attestors === undefined ? {} : { attestors }) });
const TRUSTING = policyOf({ 'lab-1': keyOf(LAB) });
const SCORES = { overall: 0.4 };

interface Lie {
  readonly policy?: Policy;
  /** What the attestor has signed; undefined: nothing. */
  readonly attested?: Record<string, number> | undefined;
  readonly by?: Uint8Array;
  /** What the entry says. */
  readonly attestor?: string | undefined;
  readonly measuredBy?: string;
  readonly said?: 'self' | 'third_party';
}

function stepsOf(lie: Lie) {
  const { policy = TRUSTING, by = LAB, measuredBy = 'third_party', said = 'third_party' } = lie;
  const attested = 'attested' in lie ? lie.attested : SCORES;
  const attestor = 'attestor' in lie ? lie.attestor : 'lab-1';
  const log = new MeshLog(policy);
  addPolicy(log);
  addEnrolment(log);
  const { index } = addResult(log, SCORES);
  const draft = log.drafts[index] as (typeof log.drafts)[number];
  const at = formatRfc3339(log.lastMs());
  const attestation =
    attested &&
    signAttestation(
      {
        ...{ meshId: MESH, nodeId: NODE, measuredAt: at, suiteVersion: 'suite-1', scores: attested },
        ...{ harness: 'a harness', reportSha256: 'ab'.repeat(32) },
      },
      { keyId: 'lab-1', sign: (bytes) => signEd25519(bytes, by) },
      0.7,
    );
  const body = {
    ...{ mesh_id: MESH, node_id: NODE, timestamp: at, sent_at: at, suite_version: 'suite-1' },
    ...{ sequence: log.lastMs(), instance_id: 'instance-1', scores: SCORES, measured_by: said },
    ...(attestation === undefined ? {} : { attestation }),
  };
  const message = JSON.stringify(signMessage('benchmark', body, IDENTITY));
  draft.entry = {
    ...draft.entry,
    data: { ...draft.entry.data, message_sha256: toHex(portableSha256(utf8(message))) },
  };
  draft.details = {
    ...draft.details,
    measured_by: measuredBy,
    ...(attestor === undefined ? {} : { attestor }),
  };
  const decision = addDecision(log, index, { membership: 'never' }, { type: 'node_denied' });
  return verifyProof(new MeshTree(log).file(decision, message), trust).steps;
}
const attestedIn = (lie: Lie) =>
  stepsOf(lie).find(({ sentence }) => sentence.includes('an attestor of the policy'))?.outcome;
const faultOf = (lie: Lie) =>
  stepsOf(lie)
    .flatMap((step) => (step.outcome === 'refuted' ? [step.code] : []))
    .at(0);

it('is shown where an attestor of the policy has signed it', () => {
  expect([attestedIn({}), faultOf({})]).toEqual(['shown', undefined]);
});

it('counts as what the node says where the policy names no attestors, or where nothing is attested', () => {
  const alone = { attested: undefined, attestor: undefined };
  expect(faultOf({ ...alone, policy: policyOf() })).toBeUndefined();
  expect(faultOf({ ...alone, measuredBy: 'self' })).toBeUndefined();
  expect(faultOf({ policy: policyOf(), attestor: undefined })).toBeUndefined();
});

it.each<[string, Lie]>([
  ['a signature by another key', { by: new Uint8Array(32).fill(12) }],
  ['an attestation of other scores', { attested: { overall: 0.9 } }],
  ['an attestor that the policy does not name', { policy: policyOf({ 'lab-2': keyOf(LAB) }) }],
  ['an attestor without an attestation', { attested: undefined }],
  ['another attestor than has signed', { attestor: 'lab-2' }],
  ['no attestor where one has signed', { attestor: undefined }],
  ['an attestor where the policy names none', { policy: policyOf() }],
  ["the node's word as that of a third party", { attested: undefined, attestor: undefined }],
])('%s is refused', (_, lie) => {
  expect(faultOf(lie)).toBe('attestation_differs');
});
