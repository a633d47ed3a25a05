// node.revoke: a node is cut off for ever.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const nodeRevoke = requestKind({
  parameters: z.strictObject({ node_id: field.nodeId }),
  sentence: ({ node_id: node }) => `node ${node} is revoked: every node cuts it off at once and for ever`,
});
