// What attestors say about nodes: signs it (see dsse.ts), and verifies that it proves a benchmark.

import {
  canonicalJson,
  decodeBase64,
  defined,
  type Ed25519Verify,
  type JsonValue,
  parseRfc3339,
  parseStrictJson,
  verifyEd25519,
} from '@mesh/primitives';
import { dsseEncoding, type StatementSigner, signStatement } from './dsse.ts';
import {
  type AttestationEnvelope,
  MAX_STATEMENT_BYTES,
  STATEMENT_TYPE,
  TEST_RESULT_TYPE,
  type TestResultStatement,
  testResultStatement,
} from './messages/attestation.ts';
import type { BenchmarkMessage } from './messages/benchmark.ts';

/** What an attestor says about a node. */
export interface AttestedResult {
  readonly meshId: string;
  readonly nodeId: string;
  readonly measuredAt: string;
  readonly suiteVersion: string;
  readonly scores: Readonly<Record<string, number>>;
  readonly samples?: Readonly<Record<string, number>> | undefined;
  readonly harness: string;
  readonly model?: string | undefined;
  /** Hex SHA-256 of the result file. */
  readonly reportSha256: string;
}

/**
 * @param passAt a score from here counts as a passed test, for consumers that read no scores. The mesh judges
 *   the scores by its policy and ignores this
 */
export function signAttestation(
  result: AttestedResult,
  signer: StatementSigner,
  passAt: number,
): AttestationEnvelope {
  const { scores, samples, harness, model } = result;
  const passed = Object.keys(scores).filter((name) => (scores[name] ?? 0) >= passAt);
  const failed = Object.keys(scores).filter((name) => !passed.includes(name));
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: subjectName(result.meshId, result.nodeId), digest: { sha256: result.reportSha256 } }],
    predicateType: TEST_RESULT_TYPE,
    predicate: {
      result: failed.length === 0 ? 'PASSED' : 'FAILED',
      configuration: [{ name: result.suiteVersion }],
      passedTests: passed,
      failedTests: failed,
      alignedMesh: {
        measured_at: result.measuredAt,
        harness,
        scores,
        ...defined({ model, samples }),
      },
    },
  };
  return signStatement(testResultStatement.parse(statement) as JsonValue, signer);
}

/**
 * Reads the statement of an envelope, whose signatures it does not look at.
 *
 * @throws Error that says what is wrong with it
 */
export function readStatement({ payload }: AttestationEnvelope): TestResultStatement {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(decodeBase64(payload));
  const parsed = testResultStatement.safeParse(parseStrictJson(text, { maxBytes: MAX_STATEMENT_BYTES }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TypeError(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
}

/**
 * Whether the attestation of a benchmark proves what the benchmark says: signed by one of the attestors,
 * about this node of this mesh, with the same scores, samples, suite and time.
 *
 * @param attestors the public key of each key id, base64 of a key that has passed `checkEd25519PublicKey`
 * @param verify the backend; portable arithmetic by default
 * @returns the key id of the attestor, or why nothing is proven
 */
export function verifyAttestation(
  message: BenchmarkMessage,
  attestation: AttestationEnvelope,
  attestors: Readonly<Record<string, string>>,
  verify?: Ed25519Verify,
): { readonly attestor: string } | { readonly fault: string } {
  const attestor = findSigner(attestation, attestors, verify);
  if (attestor === undefined) return { fault: 'no attestor of the policy has signed it' };
  let statement: TestResultStatement;
  try {
    statement = readStatement(attestation);
  } catch (error) {
    return { fault: `it is no test result: ${error instanceof Error ? error.message : 'it cannot be read'}` };
  }
  const fault = findDifference(message, statement);
  return fault === undefined ? { attestor } : { fault };
}

const subjectName = (meshId: string, nodeId: string) => `${meshId}/${nodeId}`;

function findSigner(
  { payloadType, payload, signatures }: AttestationEnvelope,
  attestors: Readonly<Record<string, string>>,
  verify: Ed25519Verify | undefined,
): string | undefined {
  const signed = dsseEncoding(payloadType, decodeBase64(payload));
  const isGood = ({ keyid, sig }: AttestationEnvelope['signatures'][number]) => {
    const key = Object.hasOwn(attestors, keyid) ? attestors[keyid] : undefined;
    return key !== undefined && verifyEd25519(decodeBase64(sig), signed, decodeBase64(key), verify);
  };
  return signatures.find(isGood)?.keyid;
}

function findDifference(
  message: BenchmarkMessage,
  { subject, predicate }: TestResultStatement,
): string | undefined {
  const { measured_at, scores, samples } = predicate.alignedMesh;
  if (subject[0]?.name !== subjectName(message.mesh_id, message.node_id)) return 'it is about another node';
  if (predicate.configuration[0]?.name !== message.suite_version) return 'it is about another suite';
  if (parseRfc3339(measured_at) !== parseRfc3339(message.timestamp)) return 'it was measured at another time';
  const isSame = (one: object | undefined, other: object | undefined) =>
    canonicalJson((one ?? {}) as JsonValue) === canonicalJson((other ?? {}) as JsonValue);
  if (!isSame(scores, message.scores)) return 'it has other scores';
  return isSame(samples, message.samples) ? undefined : 'it has other numbers of samples';
}
