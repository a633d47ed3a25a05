// Typed clients over an injected `fetch`: for the nodes listener, for enrolment, and for local
// administration.

import { type NodeId, parseNodeId } from '@mesh/primitives';
import type { z } from 'zod';
import { answered, type ClientOptions, call, notModified } from './call.ts';
import * as admin from './messages/admin.ts';
import * as adminKey from './messages/admin-key.ts';
import { type AppliedMessage, appliedAnswer } from './messages/applied.ts';
import { type BenchmarkMessage, benchmarkAnswer } from './messages/benchmark.ts';
import { configAnswer } from './messages/config.ts';
import { acknowledgement, type EndpointMessage } from './messages/endpoint.ts';
import {
  certificateAnswer,
  type EnrolmentChallengeRequest,
  type EnrolmentMessage,
  enrolmentAnswer,
  enrolmentChallenge,
} from './messages/enrolment.ts';
import { epochStatus, health } from './messages/epoch-status.ts';
import type { LeaveMessage } from './messages/leave.ts';
import type { MaintenanceMessage } from './messages/officer-request.ts';
import { configOrNotice } from './messages/removal-notice.ts';
import { pathOf } from './routes.ts';

export interface ConfigQuery {
  readonly version?: string;
  readonly waitSeconds?: number;
  readonly instanceId?: string;
}

async function callForConfig<T extends z.ZodType>(
  options: ClientOptions,
  nodeId: NodeId,
  query: ConfigQuery & { readonly takesNotices?: boolean; readonly takesBatches?: boolean },
  schema: T,
  signal: AbortSignal | undefined,
) {
  const parameters = new URLSearchParams();
  if (query.version !== undefined) parameters.set('version', query.version);
  if (query.waitSeconds !== undefined) parameters.set('wait', `${query.waitSeconds}s`);
  if (query.instanceId !== undefined) parameters.set('instance', query.instanceId);
  if (query.takesNotices === true) parameters.set('notices', '1');
  if (query.takesBatches === true) parameters.set('batch', '1');
  const path = `${pathOf('config', nodeId)}?${parameters}`;
  const answer = await call(options, { method: 'GET', path, signal }, schema);
  if (answer === undefined && query.version === undefined) throw notModified();
  return answer;
}

/**
 * Requests of a node to its controller. Calls reject with ProblemError, ProtocolClientError, or what `fetch`
 * rejects with.
 *
 * @throws PrimitivesError `invalid_node_id`
 */
export function createNodeClient(options: ClientOptions, node: string) {
  const nodeId = parseNodeId(node);
  return {
    submitBenchmark: (body: BenchmarkMessage, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('submitBenchmark', nodeId), body, signal },
          benchmarkAnswer,
        ),
      ),
    /**
     * `undefined`: nothing has changed since `version`. `raw` is the received body: the caller must check its
     * signature, mesh and node before using any of it.
     */
    config: (query: ConfigQuery, signal?: AbortSignal) =>
      callForConfig(options, nodeId, query, configAnswer, signal),
    /**
     * The same for a caller that also understands removal notices, and configs that were signed in batches
     * (see `verifyConfig`).
     */
    configOrNotice: (query: ConfigQuery, signal?: AbortSignal) =>
      callForConfig(
        options,
        nodeId,
        { ...query, takesNotices: true, takesBatches: true },
        configOrNotice,
        signal,
      ),
    epoch: (signal?: AbortSignal) =>
      answered(call(options, { method: 'GET', path: pathOf('epoch'), signal }, epochStatus)),
    reportEndpoint: (body: EndpointMessage, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('reportEndpoint', nodeId), body, signal },
          acknowledgement,
        ),
      ),
    reportApplied: (body: AppliedMessage, signal?: AbortSignal) =>
      answered(
        call(options, { method: 'POST', path: pathOf('reportApplied', nodeId), body, signal }, appliedAnswer),
      ),
    leave: (body: LeaveMessage, signal?: AbortSignal) =>
      answered(
        call(options, { method: 'POST', path: pathOf('leave', nodeId), body, signal }, acknowledgement),
      ),
    renewCertificate: (csrPem: string, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('renewCertificate', nodeId), body: { csr_pem: csrPem }, signal },
          certificateAnswer,
        ),
      ),
  };
}
export type NodeClient = ReturnType<typeof createNodeClient>;

/** Requests that anybody may make. */
export function createPublicClient(options: ClientOptions) {
  return {
    health: (signal?: AbortSignal) =>
      answered(call(options, { method: 'GET', path: pathOf('health'), signal }, health)),
    challenge: (body: EnrolmentChallengeRequest = {}, signal?: AbortSignal) =>
      answered(
        call(
          options,
          { method: 'POST', path: pathOf('enrolmentChallenge'), body, signal },
          enrolmentChallenge,
        ),
      ),
    enrol: (body: EnrolmentMessage, signal?: AbortSignal) =>
      answered(call(options, { method: 'POST', path: pathOf('enrol'), body, signal }, enrolmentAnswer)),
  };
}
export type PublicClient = ReturnType<typeof createPublicClient>;

/**
 * Requests of an operator, over the controller's unix socket. For the public listener, pass
 * `toPath: networkAdminPath` and a `fetch` or `headers` with the credentials. Calls reject like those of a
 * node. Calls about a node also reject with PrimitivesError `invalid_node_id`, calls about an API key with
 * AdminKeyError.
 */
export function createAdminClient(options: ClientOptions) {
  const changeStatus =
    (route: 'quarantine' | 'release' | 'revoke') => async (nodeId: string, reason: string) =>
      answered(
        call(options, { method: 'POST', path: pathOf(route, nodeId), body: { reason } }, admin.nodeSummary),
      );
  return {
    health: () => answered(call(options, { method: 'GET', path: pathOf('health') }, health)),
    createToken: (body: admin.CreateTokenRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('createToken'), body }, admin.createTokenAnswer)),
    nodes: () => answered(call(options, { method: 'GET', path: pathOf('nodes') }, admin.nodeList)),
    node: async (nodeId: string) =>
      answered(call(options, { method: 'GET', path: pathOf('node', nodeId) }, admin.nodeDetail)),
    quarantine: changeStatus('quarantine'),
    release: changeStatus('release'),
    revoke: changeStatus('revoke'),
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
    maintenance: () =>
      answered(call(options, { method: 'GET', path: pathOf('maintenance') }, admin.maintenanceStatus)),
    /** Signed by an officer. The window that it opens replaces an open one. */
    startMaintenance: (body: MaintenanceMessage) =>
      answered(call(options, { method: 'POST', path: pathOf('maintenance'), body }, admin.maintenanceStatus)),
    endMaintenance: () =>
      answered(
        call(options, { method: 'POST', path: pathOf('endMaintenance'), body: {} }, admin.maintenanceStatus),
      ),
    createKey: (body: adminKey.CreateAdminKeyRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('keys'), body }, adminKey.createAdminKeyAnswer)),
    keys: () => answered(call(options, { method: 'GET', path: pathOf('keys') }, adminKey.adminKeyList)),
    /** Ends the key and those that were made with it; the answer holds these. */
    expireKey: async (keyId: string) =>
      answered(
        call(options, { method: 'POST', path: pathOf('expireKey', keyId), body: {} }, adminKey.adminKeyList),
      ),
    log: (query: { from?: number; limit?: number } = {}) => {
      const parameters = new URLSearchParams();
      if (query.from !== undefined) parameters.set('from', String(query.from));
      if (query.limit !== undefined) parameters.set('limit', String(query.limit));
      return answered(
        call(options, { method: 'GET', path: `${pathOf('log')}?${parameters}` }, admin.logPage),
      );
    },
  };
}
export type AdminClient = ReturnType<typeof createAdminClient>;
