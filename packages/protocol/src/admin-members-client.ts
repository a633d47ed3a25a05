// The operator's requests about who may become a member and who stays one.

import { answered, type ClientOptions, call } from './call.ts';
import { nodeSummary } from './messages/admin.ts';
import { deletedNode, tokenList, tokenSummary } from './messages/admin-members.ts';
import { nodeErasure } from './messages/erasure.ts';
import type { PageQuery } from './operations/operation.ts';
import { withQuery } from './query-parameters.ts';
import { pathOf } from './routes.ts';

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function membersCalls(options: ClientOptions) {
  const post = (path: string, body: object) => ({ method: 'POST', path, body }) as const;
  const answerEnrolment = (route: 'approve' | 'reject') => async (nodeId: string, reason: string) =>
    answered(call(options, post(pathOf(route, nodeId), { reason }), nodeSummary));
  return {
    /** Every token that was ever made, without its secret; with a `limit` a page of them. */
    tokens: (page: PageQuery = {}) =>
      answered(call(options, { method: 'GET', path: withQuery(pathOf('tokens'), page) }, tokenList)),
    withdrawToken: (tokenId: string, reason: string) =>
      answered(call(options, post(pathOf('withdrawToken'), { token_id: tokenId, reason }), tokenSummary)),
    /** Answers an enrolment that waits. A rejected node is revoked. */
    approve: answerEnrolment('approve'),
    reject: answerEnrolment('reject'),
    setClass: async (nodeId: string, className: string, reason: string) =>
      answered(call(options, post(pathOf('setClass', nodeId), { class: className, reason }), nodeSummary)),
    /** Erases what the log only commits to about a node, also of one that was deleted. */
    eraseNode: async (nodeId: string, reason: string) =>
      answered(call(options, post(pathOf('eraseNode', nodeId), { reason }), nodeErasure)),
    /** Deletes the record of a revoked node. */
    deleteNode: async (nodeId: string, reason: string) =>
      answered(call(options, post(pathOf('deleteNode', nodeId), { reason }), deletedNode)),
  };
}
