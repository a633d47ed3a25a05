// node.release: a node leaves quarantine although its class is revoked.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const nodeRelease = requestKind({
  parameters: z.strictObject({ node_id: field.nodeId }),
  sentence: ({ node_id: node }) =>
    `node ${node} leaves quarantine, even if its class is revoked, and is admitted again when its benchmark is good enough`,
});
