// An operator's typed client over an injected `fetch`, for the unix socket and for administration over the
// network.

import { defined, parseNodeId } from '@mesh/primitives';
import { alertCalls } from './admin-alerts-client.ts';
import { backupCalls } from './admin-backup-client.ts';
import { caCalls } from './admin-ca-client.ts';
import { configKeyCalls } from './admin-config-key-client.ts';
import { examCalls } from './admin-exams-client.ts';
import { logCalls } from './admin-log-client.ts';
import { logKeyCalls } from './admin-log-key-client.ts';
import { masterKeyCalls } from './admin-master-key-client.ts';
import { membersCalls } from './admin-members-client.ts';
import { answered, type ClientOptions, call } from './call.ts';
import * as admin from './messages/admin.ts';
import * as adminKey from './messages/admin-key.ts';
import { type BacktestRequest, policyBacktest } from './messages/backtest.ts';
import * as brake from './messages/brake.ts';
import { epochStatus, health } from './messages/epoch-status.ts';
import { liveState, nodeScores } from './messages/live.ts';
import { officerList, requestDraft, requestList, requestStatus } from './messages/officer-answers.ts';
import type { MaintenanceMessage, SignedRequest } from './messages/officer-request.ts';
import * as policy from './messages/policy.ts';
import { reachAnswer } from './messages/reach.ts';
import type { PageQuery } from './operations/operation.ts';
import { withQuery } from './query-parameters.ts';
import type { RequestSubject } from './requests/request-kinds.ts';
import { pathOf } from './routes.ts';

/**
 * Requests of an operator, over the controller's unix socket. For the public listener, pass
 * `toPath: networkAdminPath` and a `fetch` or `headers` with the credentials. Calls reject like those of a
 * node. Calls about a node also reject with PrimitivesError `invalid_node_id`, calls about an API key with
 * AdminKeyError.
 */
export function createAdminClient(options: ClientOptions) {
  const changeStatus = (route: 'release' | 'revoke') => async (nodeId: string, reason: string) =>
    answered(
      call(options, { method: 'POST', path: pathOf(route, nodeId), body: { reason } }, admin.nodeSummary),
    );
  return {
    health: () => answered(call(options, { method: 'GET', path: pathOf('health') }, health)),
    createToken: (body: admin.CreateTokenRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('tokens'), body }, admin.createTokenAnswer)),
    /** All of them, or with a `limit` a page. */
    nodes: (page: PageQuery = {}) =>
      answered(call(options, { method: 'GET', path: withQuery(pathOf('nodes'), page) }, admin.nodeList)),
    node: async (nodeId: string) =>
      answered(call(options, { method: 'GET', path: pathOf('node', nodeId) }, admin.nodeDetail)),
    /** @param forSeconds from a minute to 30 days; without it, the quarantine lasts until a release */
    quarantine: async (nodeId: string, reason: string, forSeconds?: number) =>
      answered(
        call(
          options,
          {
            method: 'POST',
            path: pathOf('quarantine', nodeId),
            body: { reason, ...defined({ for_seconds: forSeconds }) },
          },
          admin.nodeSummary,
        ),
      ),
    release: changeStatus('release'),
    revoke: changeStatus('revoke'),
    ...membersCalls(options),
    ...caCalls(options),
    ...configKeyCalls(options),
    ...logKeyCalls(options),
    ...backupCalls(options),
    ...alertCalls(options),
    ...masterKeyCalls(options),
    /** Lowers those last sequences that are ahead of the controller's clock to the present. */
    resetSequence: async (nodeId: string, reason: string) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('resetSequence', nodeId), body: { reason } },
          admin.sequenceReset,
        ),
      ),
    epoch: () => answered(call(options, { method: 'GET', path: pathOf('epoch') }, epochStatus)),
    rotate: () =>
      answered(call(options, { method: 'POST', path: pathOf('rotate'), body: {} }, admin.rotateAnswer)),
    policy: () => answered(call(options, { method: 'GET', path: pathOf('policy') }, policy.policyStatus)),
    checkPolicy: (body: policy.CheckPolicyRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('checkPolicy'), body }, policy.policyTrial)),
    /**
     * The evidence of the log under another policy. Refused while the controller replays for somebody else.
     */
    backtestPolicy: (body: BacktestRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('backtestPolicy'), body }, policyBacktest)),
    setPolicy: (body: policy.SetPolicyRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('policy'), body }, policy.policyChanged)),
    explainNode: async (nodeId: string) =>
      answered(call(options, { method: 'GET', path: pathOf('explainNode', nodeId) }, policy.nodeExplanation)),
    /** Whether a node may send to another, and the way back. */
    reach: async (nodeId: string, peerId: string) =>
      answered(
        call(
          options,
          { method: 'GET', path: `${pathOf('reach', nodeId)}?peer=${parseNodeId(peerId)}` },
          reachAnswer,
        ),
      ),
    /** The node's newest results, as the policy in force judges them. */
    nodeScores: async (nodeId: string) =>
      answered(call(options, { method: 'GET', path: pathOf('nodeScores', nodeId) }, nodeScores)),
    /** The whole state as it is now. */
    live: () => answered(call(options, { method: 'GET', path: pathOf('live') }, liveState)),
    brake: () => answered(call(options, { method: 'GET', path: pathOf('brake') }, brake.brakeStatus)),
    endBrake: (body: brake.EndBrakeRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('endBrake'), body }, brake.brakeStatus)),
    maintenance: () =>
      answered(call(options, { method: 'GET', path: pathOf('maintenance') }, admin.maintenanceStatus)),
    /** Signed by an officer. The window that it opens replaces an open one. */
    startMaintenance: (body: MaintenanceMessage) =>
      answered(call(options, { method: 'POST', path: pathOf('maintenance'), body }, admin.maintenanceStatus)),
    endMaintenance: () =>
      answered(
        call(options, { method: 'POST', path: pathOf('endMaintenance'), body: {} }, admin.maintenanceStatus),
      ),
    officers: () => answered(call(options, { method: 'GET', path: pathOf('officers') }, officerList)),
    /** What a request about this has to hold to fit the mesh as it is now. */
    requestDraft: ({ kind, parameters }: RequestSubject) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('requestDraft'), body: { kind, parameters } },
          requestDraft,
        ),
      ),
    /** The requests that wait for signatures or for the command that they allow. */
    requests: () => answered(call(options, { method: 'GET', path: pathOf('requests') }, requestList)),
    /** Adds signatures to a request. It takes effect with the last one that it needs. */
    submitRequest: (body: SignedRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('requests'), body }, requestStatus)),
    /** Revokes a node with all the signatures that this needs; with fewer, nothing is kept. */
    submitRevocation: (body: SignedRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('revocations'), body }, requestStatus)),
    createKey: (body: adminKey.CreateAdminKeyRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('keys'), body }, adminKey.createAdminKeyAnswer)),
    keys: () => answered(call(options, { method: 'GET', path: pathOf('keys') }, adminKey.adminKeyList)),
    /** Ends the key and those that were made with it; the answer holds these. */
    expireKey: async (keyId: string) =>
      answered(
        call(options, { method: 'POST', path: pathOf('expireKey', keyId), body: {} }, adminKey.adminKeyList),
      ),
    ...examCalls(options),
    ...logCalls(options),
  };
}
export type AdminClient = ReturnType<typeof createAdminClient>;
