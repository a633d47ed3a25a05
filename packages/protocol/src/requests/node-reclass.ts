// node.reclass: a node may be moved, once, to a class that gives it more than its own.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const nodeReclass = requestKind({
  parameters: z.strictObject({ node_id: field.nodeId, class: field.className }),
  sentence: ({ node_id: node, class: to }) =>
    `an operator may once move node ${node} to class ${to}, which asks less of it or gives it more`,
});
