// An attestation as a source: its scores are those that were signed, and the signature goes along.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signEd25519 } from '@mesh/primitives';
import { signAttestation } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { createAttestationSource } from '../../src/measure/sources/attestation-source.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { codeOf, measure, NOW } from '../support/measure-fixtures.ts';

const attestation = signAttestation(
  {
    meshId: 'demo',
    nodeId: 'node-a',
    measuredAt: new Date(NOW).toISOString(),
    suiteVersion: 'refusals/7',
    scores: { overall: 0.9 },
    samples: { overall: 40 },
    harness: 'promptfoo 0.123.1',
    reportSha256: 'ab'.repeat(32),
  },
  { keyId: 'lab-1', sign: (message) => signEd25519(message, new Uint8Array(32).fill(1)) },
  0.7,
);

function sourceOf(content: string) {
  const path = join(temporaryDirectory(), 'att.json');
  writeFileSync(path, content);
  return createAttestationSource({ path });
}

describe('an attestation', () => {
  it('gives what was signed, and itself', async () => {
    expect(await measure(sourceOf(JSON.stringify(attestation)), 'c9')).toEqual({
      measuredAtMs: NOW,
      suiteVersion: 'refusals/7',
      scores: { overall: 0.9 },
      samples: { overall: 40 },
      measuredBy: 'third_party',
      evidence: {
        sha256: 'ab'.repeat(32),
        media_type: 'application/vnd.in-toto+json',
        harness: 'promptfoo 0.123.1',
      },
      attestation,
      challenge: 'c9',
    });
  });

  it.each([
    ['nothing', ''],
    ['cut off', JSON.stringify(attestation).slice(0, -5)],
    ['another type', JSON.stringify({ ...attestation, payloadType: 'text/plain' })],
    ['another statement', JSON.stringify({ ...attestation, payload: 'e30=' })],
  ])('that is %s is a failed measurement', async (_what, content) => {
    const failure = measure(sourceOf(content));
    await expect(failure).rejects.toThrow(/is no attestation of a test result/);
    expect(await codeOf(failure)).toBe('malformed');
  });
});
