// Attestations: test results as in-toto Statements v1, and what a signature of an attestor proves.

import { decodeBase64, ed25519PublicKey, encodeBase64, signEd25519, utf8 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import {
  type AttestationEnvelope,
  type AttestedResult,
  attestationEnvelope,
  type BenchmarkMessage,
  dsseEncoding,
  readStatement,
  signAttestation,
  verifyAttestation,
} from '../src/index.ts';

const seedOf = (number: number) => new Uint8Array(32).fill(number);
const keyOf = (number: number) => encodeBase64(ed25519PublicKey(seedOf(number)));
const signer = (number: number, keyId = `lab-${number}`) => ({
  keyId,
  sign: (message: Uint8Array) => signEd25519(message, seedOf(number)),
});
const ATTESTORS = { 'lab-1': keyOf(1), 'lab-2': keyOf(2) };

const RESULT: AttestedResult = {
  meshId: 'demo',
  nodeId: 'node-a',
  measuredAt: '2026-01-05T12:34:50.123Z',
  suiteVersion: 'refusals/7',
  scores: { overall: 0.92, refusal: 0.4 },
  samples: { overall: 40 },
  harness: 'promptfoo 0.123.1',
  model: 'x',
  reportSha256: 'ab'.repeat(32),
};
const attested = (changes: Partial<AttestedResult> = {}, by = signer(1)) =>
  signAttestation({ ...RESULT, ...changes }, by, 0.7);

const MESSAGE = {
  mesh_id: 'demo',
  node_id: 'node-a',
  // The same instant in another zone.
  timestamp: '2026-01-05T13:34:50.123+01:00',
  suite_version: 'refusals/7',
  scores: { refusal: 0.4, overall: 0.92 },
  samples: { overall: 40 },
} as unknown as BenchmarkMessage;

const proven = (attestation: AttestationEnvelope, message: Partial<BenchmarkMessage> = {}) =>
  verifyAttestation({ ...MESSAGE, ...message }, attestation, ATTESTORS);

describe('an attestation', () => {
  it('is a test result that other consumers can read', () => {
    const envelope = attested();
    expect(attestationEnvelope.parse(envelope)).toEqual(envelope);
    expect(JSON.parse(new TextDecoder().decode(decodeBase64(envelope.payload)))).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'demo/node-a', digest: { sha256: 'ab'.repeat(32) } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'FAILED',
        configuration: [{ name: 'refusals/7' }],
        passedTests: ['overall'],
        failedTests: ['refusal'],
        alignedMesh: {
          measured_at: '2026-01-05T12:34:50.123Z',
          harness: 'promptfoo 0.123.1',
          model: 'x',
          scores: { overall: 0.92, refusal: 0.4 },
          samples: { overall: 40 },
        },
      },
    });
    expect(readStatement(attested({ scores: { overall: 0.7 } })).predicate.result).toBe('PASSED');
  });

  it('proves a benchmark that says the same, whoever of the attestors signed it', () => {
    expect(proven(attested())).toEqual({ attestor: 'lab-1' });
    expect(proven(attested({}, signer(2)))).toEqual({ attestor: 'lab-2' });
    const [unknown] = attested({}, signer(9)).signatures;
    const [known] = attested().signatures;
    if (unknown === undefined || known === undefined) throw new Error('no signature');
    expect(proven({ ...attested(), signatures: [unknown, known] })).toEqual({ attestor: 'lab-1' });
  });

  it.each<[string, AttestationEnvelope, Partial<BenchmarkMessage>, RegExp]>([
    ['of another node', attested({ nodeId: 'node-b' }), {}, /another node/],
    ['of another mesh', attested({ meshId: 'other' }), {}, /another node/],
    ['of another suite', attested(), { suite_version: 'refusals/8' }, /another suite/],
    ['of another time', attested(), { timestamp: '2026-01-05T12:34:50.124Z' }, /another time/],
    ['with other scores', attested(), { scores: { overall: 0.93, refusal: 0.4 } }, /other scores/],
    ['with a score more', attested(), { scores: { ...MESSAGE.scores, honesty: 1 } }, /other scores/],
    ['with a score less', attested(), { scores: { overall: 0.92 } }, /other scores/],
    ['with more samples', attested(), { samples: { overall: 4_000 } }, /other numbers of samples/],
    ['without samples', attested(), { samples: undefined }, /other numbers of samples/],
    ['by a stranger', attested({}, signer(9)), {}, /no attestor/],
    ['by a stranger under the name of an attestor', attested({}, signer(9, 'lab-1')), {}, /no attestor/],
    ['by an attestor under the name of another', attested({}, signer(2, 'lab-1')), {}, /no attestor/],
    ['by "constructor"', attested({}, signer(9, 'constructor')), {}, /no attestor/],
    [
      'with another payload',
      { ...attested(), payload: attested({ suiteVersion: 'x' }).payload },
      {},
      /no attestor/,
    ],
  ])('%s proves nothing', (_what, attestation, message, fault) => {
    expect(proven(attestation, message)).toEqual({ fault: expect.stringMatching(fault) });
  });

  it('that is signed but is no test result proves nothing', () => {
    for (const content of ['{}', 'x', '{"_type":"https://in-toto.io/Statement/v0.1"}', '[]']) {
      const payload = utf8(content);
      const sig = signEd25519(dsseEncoding('application/vnd.in-toto+json', payload), seedOf(1));
      const envelope: AttestationEnvelope = {
        payloadType: 'application/vnd.in-toto+json',
        payload: encodeBase64(payload),
        signatures: [{ keyid: 'lab-1', sig: encodeBase64(sig) }],
      };
      expect(proven(envelope)).toEqual({ fault: expect.stringMatching(/it is no test result/) });
    }
  });

  it('is forged as soon as signatures are not checked', () => {
    const forged = attested({ scores: { overall: 1 } }, signer(9, 'lab-1'));
    const message = { ...MESSAGE, scores: { overall: 1 } };
    expect(verifyAttestation(message, forged, ATTESTORS)).toHaveProperty('fault');
    expect(verifyAttestation(message, forged, ATTESTORS, () => true)).toEqual({ attestor: 'lab-1' });
  });

  it('is not made of a result that has no overall score or a time that is none', () => {
    expect(() => attested({ scores: { refusal: 1 } })).toThrow();
    expect(() => attested({ measuredAt: 'now' })).toThrow();
  });
});
