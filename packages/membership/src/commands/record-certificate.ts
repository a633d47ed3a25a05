// Records the serial number of a certificate that was made for a node.

import type { NodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { type Command, done, refused } from './outcome.ts';

export function recordCertificate(nodeId: NodeId, serial: string, notAfterMs: number): Command {
  return (view) => {
    const node = view.node(nodeId);
    if (node === undefined) return refused(problem('node_unknown', `node ${nodeId} is not enrolled here`));
    if (node.status === 'revoked') return refused(problem('node_revoked', `node ${nodeId} has been revoked`));
    return done([{ type: 'certificate_issued', nodeId: node.nodeId, serial, notAfterMs }]);
  };
}
