// A result that somebody else measured, as an in-toto attestation: a Statement v1 with the predicate Test
// Result v0.1, in a DSSE envelope. The scores stand in a member of the predicate of our own (`alignedMesh`),
// which other consumers ignore, as the framework asks of them.

import { ATTESTOR_KEY_ID } from '@mesh/scoring';
import * as z from 'zod';
import * as field from '../fields.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const TEST_RESULT_TYPE = 'https://in-toto.io/attestation/test-result/v0.1';
export const IN_TOTO_MEDIA_TYPE = 'application/vnd.in-toto+json';
/** Largest statement, in bytes. */
export const MAX_STATEMENT_BYTES = 16_384;
const MAX_SIGNATURES = 4;

const keyId = z.string().regex(ATTESTOR_KEY_ID, 'must be 1 to 64 of A-Z, a-z, 0-9 and _.:-');

export const attestationEnvelope = z.strictObject({
  payloadType: z.literal(IN_TOTO_MEDIA_TYPE),
  /** The statement, in base64. */
  payload: field.base64UpTo(MAX_STATEMENT_BYTES),
  signatures: z
    .array(z.strictObject({ keyid: keyId, sig: field.base64Of(64) }))
    .min(1)
    .max(MAX_SIGNATURES),
});
export type AttestationEnvelope = z.infer<typeof attestationEnvelope>;

const tests = z.array(z.string().max(128)).max(256).optional();

/** Unknown members are ignored, as the framework asks of consumers, except in `alignedMesh`. */
export const testResultStatement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  /** One subject: `MESH_ID/NODE_ID`, with the digest of the result file. */
  subject: z
    .array(z.object({ name: z.string().max(256), digest: z.object({ sha256: field.sha256Hex }) }))
    .length(1),
  predicateType: z.literal(TEST_RESULT_TYPE),
  predicate: z.object({
    result: z.enum(['PASSED', 'WARNED', 'FAILED']),
    /** What was measured: the suite and its version. */
    configuration: z.array(z.object({ name: field.singleLine(128).min(1) })).length(1),
    passedTests: tests,
    failedTests: tests,
    alignedMesh: z.strictObject({
      measured_at: field.timestamp,
      harness: field.singleLine(128).min(1),
      model: field.singleLine(128).min(1).optional(),
      scores: field.scores,
      samples: field.perMetric(field.count).optional(),
    }),
  }),
});
export type TestResultStatement = z.infer<typeof testResultStatement>;
