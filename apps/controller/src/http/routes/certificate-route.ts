// POST /v1/certificates/{node_id}: a new certificate for the same key, before the old one expires.

import { decodeBase64 } from '@mesh/primitives';
import { certificateRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { NodesEnv } from '../gate/nodes-env.ts';
import type { SubmissionAllowance } from '../gate/submission-allowance.ts';
import { readMessage } from '../receive/read-message.ts';
import { type IssuePorts, issueCertificate } from '../respond/issue-certificate.ts';

export interface CertificatePorts extends IssuePorts {
  readonly submissions: SubmissionAllowance;
}

export function certificateRoute(ports: CertificatePorts): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await readMessage(context, certificateRequest);
    const identityKey = decodeBase64(node.identityKey, { lengthBytes: 32 });
    ports.submissions.charge(node.nodeId, 'certificate');
    const pem = await issueCertificate(ports, node.nodeId, identityKey, message.csr_pem);
    return context.json({ certificate_pem: pem, ca_pem: ports.keys.authority.trustedPem });
  };
}
