// Measures by an attestation: a file in which a third party says, with its signature, what it measured. The
// agent passes it on; the controller checks the signature.

import { defined, parseRfc3339, parseStrictJson } from '@mesh/primitives';
import {
  type AttestationEnvelope,
  attestationEnvelope,
  IN_TOTO_MEDIA_TYPE,
  readStatement,
} from '@mesh/protocol';
import { messageOf } from '../../errors/agent-error.ts';
import { type Measurement, MeasurementError, type MeasurementSource } from '../result/measurement.ts';
import { readSmallFile } from './open-file.ts';

export function createAttestationSource({ path }: { readonly path: string }): MeasurementSource {
  return {
    name: 'attestation',
    async measure({ challenge }) {
      const { text } = await readSmallFile(path);
      return { ...readAttested(text, path), ...defined({ challenge }) };
    },
  };
}

/** @throws MeasurementError `malformed` */
function readAttested(text: string, path: string): Measurement {
  let attestation: AttestationEnvelope;
  let statement: ReturnType<typeof readStatement>;
  try {
    attestation = attestationEnvelope.parse(parseStrictJson(text));
    statement = readStatement(attestation);
  } catch (error) {
    throw new MeasurementError(
      'malformed',
      `${path} is no attestation of a test result: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  const { subject, predicate } = statement;
  const { measured_at, scores, samples, harness } = predicate.alignedMesh;
  return {
    measuredAtMs: parseRfc3339(measured_at),
    suiteVersion: predicate.configuration[0]?.name ?? '',
    scores,
    ...defined({ samples }),
    measuredBy: 'third_party',
    evidence: { sha256: subject[0]?.digest.sha256 ?? '', media_type: IN_TOTO_MEDIA_TYPE, harness },
    attestation,
  };
}
