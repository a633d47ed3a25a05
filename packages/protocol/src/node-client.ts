// A node's typed client over an injected `fetch`, for the nodes listener.

import { type NodeId, parseNodeId } from '@mesh/primitives';
import type * as z from 'zod';
import { answered, type Body, type ClientOptions, call, callForText, notModified } from './call.ts';
import { callForLines } from './call-for-lines.ts';
import { type AppliedMessage, appliedAnswer } from './messages/applied.ts';
import { type BenchmarkMessage, benchmarkAnswer } from './messages/benchmark.ts';
import { configAnswer } from './messages/config.ts';
import { acknowledgement, type EndpointMessage } from './messages/endpoint.ts';
import { certificateAnswer, enrolmentChallenge } from './messages/enrolment.ts';
import { epochStatus } from './messages/epoch-status.ts';
import {
  type ExamCommitment,
  type ExamResult,
  examAssignments,
  examGrading,
  examReceived,
} from './messages/exam.ts';
import { type KeyRotationMessage, keyRotationAnswer } from './messages/key-rotation.ts';
import type { LeaveMessage } from './messages/leave.ts';
import { configOrNotice } from './messages/removal-notice.ts';
import { pathOf } from './routes.ts';

export interface ConfigQuery {
  readonly version?: string;
  readonly waitSeconds?: number;
  readonly instanceId?: string;
  /**
   * When the newest list of config keys that the agent has stored was made; 0 for none. Absent: the agent
   * knows no such lists, and is sent none.
   */
  readonly configKeyListMs?: number | undefined;
  /** Whether the caller understands `use_slot_b`. */
  readonly movesSlots?: boolean;
  /**
   * The size of the newest head of the log that the caller has accepted; 0 for none. Absent: the caller
   * checks no heads, and is sent no proofs.
   */
  readonly logSize?: number | undefined;
  /** Whether the caller asks for the name and the keys of the log. */
  readonly asksForLog?: boolean | undefined;
  /** Whether the caller takes part in exams: as an examiner, and through probation tunnels. */
  readonly takesExams?: boolean | undefined;
}

/** A query that waits for news of a version. */
export type WaitingQuery = ConfigQuery &
  Required<Pick<ConfigQuery, 'version' | 'waitSeconds' | 'instanceId'>>;

interface Abilities {
  readonly takesNotices?: boolean;
  readonly takesBatches?: boolean;
  readonly takesStream?: boolean;
}

function configPath(nodeId: NodeId, query: ConfigQuery & Abilities): string {
  const parameters = new URLSearchParams();
  if (query.version !== undefined) parameters.set('version', query.version);
  if (query.waitSeconds !== undefined) parameters.set('wait', `${query.waitSeconds}s`);
  if (query.instanceId !== undefined) parameters.set('instance', query.instanceId);
  if (query.takesNotices === true) parameters.set('notices', '1');
  if (query.takesBatches === true) parameters.set('batch', '1');
  if (query.takesStream === true) parameters.set('stream', '1');
  if (query.configKeyListMs !== undefined) parameters.set('config_key_list', String(query.configKeyListMs));
  if (query.movesSlots === true) parameters.set('slots', '1');
  if (query.logSize !== undefined) parameters.set('log_size', String(query.logSize));
  if (query.asksForLog === true) parameters.set('log', '1');
  if (query.takesExams === true) parameters.set('exams', '1');
  return `${pathOf('config', nodeId)}?${parameters}`;
}

async function callForConfig<T extends z.ZodType>(
  options: ClientOptions,
  nodeId: NodeId,
  query: ConfigQuery & Abilities,
  schema: T,
  signal: AbortSignal | undefined,
) {
  const path = configPath(nodeId, query);
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
  const post = <Schema extends z.ZodType>(
    route: Parameters<typeof pathOf>[0],
    body: object,
    schema: Schema,
    signal: AbortSignal | undefined,
  ) => answered(call(options, { method: 'POST', path: pathOf(route, nodeId), body, signal }, schema));
  return {
    /** The answer has a receipt, if the controller gives any: check it with `verifyReceipt`. */
    submitBenchmark: (body: BenchmarkMessage, signal?: AbortSignal) => {
      const path = `${pathOf('submitBenchmark', nodeId)}?receipt=1`;
      return answered(call(options, { method: 'POST', path, body, signal }, benchmarkAnswer));
    },
    /** The proof that the log has this entry, as `parseTlogProof` of @mesh/audit reads it. */
    logProof: (index: number, signal?: AbortSignal) =>
      callForText(options, { method: 'GET', path: `${pathOf('logProof')}?index=${index}`, signal }),
    /**
     * What the log says that this node was told in an epoch and later, as `parseToldAnswer` of @mesh/evidence
     * reads it.
     *
     * @param from only entries from this index on
     */
    told: ({ epochId, from }: { readonly epochId: number; readonly from: number }, signal?: AbortSignal) => {
      const path = `${pathOf('told', nodeId)}?epoch=${epochId}&from=${from}`;
      return callForText(options, { method: 'GET', path, signal });
    },
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
    /**
     * The same for a query that waits, and to which more than one answer can come: what changes during the
     * rest of its wait, for as long as the answers are removal notices. A controller that does not know this
     * answers once.
     *
     * @param onAnswer called with each answer, as soon as it is there if `fetch` gives lines. It returns
     *   whether to go on; if not, the query ends. If it throws, the call rejects with that
     * @returns how many answers came; 0: nothing has changed since `version`
     */
    followConfig: (
      query: WaitingQuery,
      onAnswer: (answer: Body<typeof configOrNotice>) => boolean,
      signal?: AbortSignal,
    ) =>
      callForLines(
        options,
        {
          method: 'GET',
          path: configPath(nodeId, { ...query, takesNotices: true, takesBatches: true, takesStream: true }),
          signal,
        },
        configOrNotice,
        onAnswer,
      ),
    epoch: (signal?: AbortSignal) =>
      answered(call(options, { method: 'GET', path: pathOf('epoch'), signal }, epochStatus)),
    reportEndpoint: (body: EndpointMessage, signal?: AbortSignal) =>
      post('reportEndpoint', body, acknowledgement, signal),
    reportApplied: (body: AppliedMessage, signal?: AbortSignal) =>
      post('reportApplied', body, appliedAnswer, signal),
    leave: (body: LeaveMessage, signal?: AbortSignal) => post('leave', body, acknowledgement, signal),
    keyChallenge: (signal?: AbortSignal) => post('keyChallenge', {}, enrolmentChallenge, signal),
    rotateKeys: (body: KeyRotationMessage, signal?: AbortSignal) =>
      post('rotateKeys', body, keyRotationAnswer, signal),
    examAssignments: (signal?: AbortSignal) =>
      answered(
        call(options, { method: 'GET', path: pathOf('examAssignments', nodeId), signal }, examAssignments),
      ),
    /** The same commitment may be sent again: the answer is the same. */
    commitExam: (body: ExamCommitment, signal?: AbortSignal) => post('commitExam', body, examGrading, signal),
    answerExam: (body: ExamResult, signal?: AbortSignal) => post('answerExam', body, examReceived, signal),
    renewCertificate: (csrPem: string, signal?: AbortSignal) =>
      post('renewCertificate', { csr_pem: csrPem }, certificateAnswer, signal),
  };
}
export type NodeClient = ReturnType<typeof createNodeClient>;
