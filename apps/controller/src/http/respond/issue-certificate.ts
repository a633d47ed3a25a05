// Issues a node's certificate. It is in the log before it is returned.

import type { Clock } from '@mesh/host';
import { recordCertificate } from '@mesh/membership';
import type { MeshId, NodeId } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import type { Judge } from '../../judge/judge.ts';
import { CertificateRequestError } from '../../trust/certificate-authority.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';

export interface CheckRequestPorts {
  readonly keys: ControllerKeys;
}

export interface IssuePorts extends CheckRequestPorts {
  readonly meshId: MeshId;
  readonly config: { readonly certificate_hours: number };
  readonly judge: Judge;
  readonly clock: Clock;
}

/** @returns PEM @throws ProblemError `possession_failed` when the request does not prove the identity key */
export async function issueCertificate(
  { keys, meshId, clock, config, judge }: IssuePorts,
  nodeId: NodeId,
  identityKey: Uint8Array,
  csrPem: string,
): Promise<string> {
  const lifetimeMs = Math.round(config.certificate_hours * 3_600_000);
  const nowMs = Math.floor(clock.nowMs());
  const issued = await keys.authority
    .issueNode({ csrPem, identityKey, meshId, nodeId, nowMs, lifetimeMs })
    .catch(refuse);
  await judge.run(recordCertificate(nodeId, issued.serial, issued.notAfterMs));
  return issued.pem;
}

/**
 * Checks the request without issuing, for callers that must change nothing if it is bad.
 * @throws ProblemError `possession_failed`
 */
export async function checkCertificateRequest(
  { keys }: CheckRequestPorts,
  identityKey: Uint8Array,
  csrPem: string,
): Promise<void> {
  await keys.authority.checkRequest(csrPem, identityKey).catch(refuse);
}

function refuse(error: unknown): never {
  if (error instanceof CertificateRequestError)
    throw new ProblemError(problem('possession_failed', error.message));
  throw error;
}
