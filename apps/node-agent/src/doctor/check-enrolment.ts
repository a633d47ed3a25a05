// Is this node a member, and is its certificate valid by this machine's clock?

import { X509Certificate } from 'node:crypto';
import { lookAtMember } from '../identity/open-member.ts';
import type { StateDir } from '../identity/state-dir.ts';
import { type Finding, failed, ok } from './finding.ts';

/** @throws AgentError `not_enrolled`; `usage` if files cannot be used or do not belong together */
export async function checkEnrolment(dir: StateDir, nowMs: number): Promise<Finding> {
  const { enrolment } = await lookAtMember(dir);
  const { validFromDate, validToDate } = new X509Certificate(enrolment.certificate_pem);
  const { node_id, mesh_id } = enrolment;
  if (nowMs < validFromDate.getTime())
    return failed(
      `the certificate begins at ${validFromDate.toISOString()}, after this machine's time: set its clock right`,
    );
  if (nowMs > validToDate.getTime())
    return failed(
      `the certificate ended at ${validToDate.toISOString()}: set this machine's clock right, or else enrol again with the same state directory and a new token`,
    );
  return ok(`${node_id} of ${mesh_id}, certificate until ${validToDate.toISOString()}`);
}
