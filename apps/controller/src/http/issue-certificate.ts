// Makes a node's certificate and puts it on record before anybody gets it.

import { ProblemError, problem } from '@mesh/protocol';
import { recordCertificate } from '../commands/record-certificate.ts';
import type { Services } from '../services.ts';
import { CertificateRequestError } from '../trust/certificate-authority.ts';

/** @returns PEM @throws ProblemError `possession_failed` when the request does not prove the identity key */
export async function issueCertificate(
  services: Services,
  nodeId: string,
  identityKey: Uint8Array,
  csrPem: string,
): Promise<string> {
  const { keys, meshId, clock, config, judge } = services;
  const lifetimeMs = config.certificate_hours * 3_600_000;
  const issued = await keys.authority
    .issueNode({ csrPem, identityKey, meshId, nodeId, nowMs: clock.nowMs(), lifetimeMs })
    .catch((error: unknown) => {
      if (error instanceof CertificateRequestError)
        throw new ProblemError(problem('possession_failed', error.message));
      throw error;
    });
  await judge.run(recordCertificate(nodeId, issued.serial, issued.notAfterMs));
  return issued.pem;
}
