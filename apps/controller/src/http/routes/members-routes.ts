// The administration of who may become a member and who stays one: GET /v1/tokens, POST /v1/tokens/withdraw,
// and POST /v1/nodes/{node_id}/approve, /reject, /class and /delete.

import {
  type ApprovalAnswer,
  approveOrReject,
  type ClassRules,
  deleteNode,
  type EnrolmentRules,
  officersAuthoriseClass,
  setClass,
  withdrawToken,
} from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import {
  type AdminOperation,
  adminOperations,
  type DeletedNodeAnswer,
  pageQuery,
  reasonRequest,
  setClassRequest,
  withdrawTokenRequest,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import type { AdminEnv } from '../gate/admin-caller.ts';
import type { Route } from '../gate/route-table.ts';
import { existingNode } from '../receive/existing-node.ts';
import { readMessage } from '../receive/read-message.ts';
import { readQuery } from '../receive/read-query.ts';
import { nodeSummaryOf } from '../respond/node-summary.ts';
import { pageOf } from '../respond/page-of.ts';
import { nodesByToken, tokenSummaryOf } from '../respond/token-summary.ts';
import type { ChangeStatusPorts } from './change-status-route.ts';

export interface MembersPorts extends ChangeStatusPorts {
  readonly rules: EnrolmentRules & ClassRules;
  /** `longestMs` says how long after a node is out others may still have it as a peer, at most. */
  readonly leases: { longestMs(): number };
}

function tokensRoute({ view, clock }: MembersPorts): Handler<AdminEnv> {
  return (context) => {
    const enrolled = nodesByToken(view);
    const { items, ...rest } = pageOf(view.tokens(), ({ tokenId }) => tokenId, readQuery(context, pageQuery));
    return context.json({
      tokens: items.map((token) => tokenSummaryOf(token, enrolled, clock.nowMs())),
      ...rest,
    });
  };
}

function withdrawRoute({ view, judge, clock }: MembersPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, withdrawTokenRequest);
    const { token_id: tokenId, reason: why } = message;
    const [event] = await judge.run(withdrawToken({ tokenId, why, actor: context.get('caller').actor }));
    const token = event?.type === 'token_withdrawn' ? view.token(event.tokenId) : undefined;
    if (token === undefined) throw new Error(`token ${tokenId} has vanished`);
    return context.json(tokenSummaryOf(token, nodesByToken(view), clock.nowMs()));
  };
}

function answerEnrolmentRoute(answer: ApprovalAnswer['answer']): (ports: MembersPorts) => Handler<AdminEnv> {
  return (ports) => async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const nodeId = context.req.param('node_id') ?? '';
    await ports.judge.run(
      approveOrReject({ answer, nodeId, why: message.reason, actor: context.get('caller').actor }),
    );
    return context.json(nodeSummaryOf(ports, existingNode(ports.view, nodeId)));
  };
}

function setClassRoute(ports: MembersPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, setClassRequest);
    const nodeId = context.req.param('node_id') ?? '';
    const change = {
      nodeId,
      class: message.class,
      why: message.reason,
      actor: context.get('caller').actor,
    };
    await ports.judge.run(setClass(change, ports.rules, officersAuthoriseClass));
    return context.json(nodeSummaryOf(ports, existingNode(ports.view, nodeId)));
  };
}

function deleteRoute({ judge, leases, view }: MembersPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const nodeId = context.req.param('node_id') ?? '';
    const node = existingNode(view, nodeId);
    const events = await judge.run(
      deleteNode({
        nodeId,
        why: message.reason,
        actor: context.get('caller').actor,
        longestLeaseMs: leases.longestMs(),
      }),
    );
    const deleted = events.find((event) => event.type === 'node_deleted');
    if (deleted === undefined) throw new Error(`node ${nodeId} was not deleted`);
    const answer: DeletedNodeAnswer = {
      node_id: node.nodeId,
      addresses: [...node.addresses],
      addresses_held_until: formatRfc3339(deleted.addressesHeldUntilMs),
    };
    return context.json(answer);
  };
}

/** In the form of the table of all administration routes, whose part they are. */
export const membersRoutes: readonly (Route<MembersPorts, AdminEnv> & Pick<AdminOperation, 'least'>)[] = [
  { ...adminOperations.tokens, handler: tokensRoute },
  { ...adminOperations.withdrawToken, handler: withdrawRoute },
  { ...adminOperations.approve, handler: answerEnrolmentRoute('approve') },
  { ...adminOperations.reject, handler: answerEnrolmentRoute('reject') },
  { ...adminOperations.setClass, handler: setClassRoute },
  { ...adminOperations.deleteNode, handler: deleteRoute },
];
