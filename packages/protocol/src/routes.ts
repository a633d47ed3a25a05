// Every path of the protocol, in one place, for servers (patterns) and clients (filled in).

import { parseNodeId } from '@mesh/primitives';
import { parseAdminKeyId } from './admin-key.ts';
import { parseExamId, parsePoolName } from './exam-ids.ts';

/**
 * Path patterns; `:node_id` is the node that the request is about, `:key_id` the API key, `:exam_id` the
 * exam, `:pool` the pool of exam items.
 */
export const routes = {
  // nodes listener: mutual TLS
  submitBenchmark: '/v1/benchmarks/:node_id',
  epoch: '/v1/epoch',
  config: '/v1/config/:node_id',
  reportEndpoint: '/v1/endpoints/:node_id',
  leave: '/v1/leave/:node_id',
  reportApplied: '/v1/applied/:node_id',
  renewCertificate: '/v1/certificates/:node_id',
  keyChallenge: '/v1/nodes/:node_id/keys/challenge',
  rotateKeys: '/v1/nodes/:node_id/keys',
  examAssignments: '/v1/exams/:node_id',
  commitExam: '/v1/exams/:node_id/commitment',
  answerExam: '/v1/exams/:node_id/result',
  told: '/v1/told/:node_id',
  // public listener
  health: '/health',
  ca: '/v1/ca',
  enrolmentChallenge: '/v1/enrolments/challenge',
  enrol: '/v1/enrolments',
  openedItems: '/v1/exams/opened/:pool',
  openApi: '/v1/openapi.json',
  openApiPage: '/v1/openapi.html',
  // the dashboard, at the public listener
  dashboard: '/dashboard/*',
  dashboardSession: '/dashboard/session',
  endDashboardSession: '/dashboard/session/end',
  beginOpenId: '/dashboard/openid',
  finishOpenId: '/dashboard/openid/finish',
  // the published log (C2SP tlog-tiles, prefix /v1/log), at both listeners
  logCheckpoint: '/v1/log/checkpoint',
  logTile: '/v1/log/tile/*',
  logProof: '/v1/log/proof',
  // administration: at the socket as they are here, at the public listener as `networkAdminPath` says
  tokens: '/v1/tokens',
  withdrawToken: '/v1/tokens/withdraw',
  nodes: '/v1/nodes',
  node: '/v1/nodes/:node_id',
  quarantine: '/v1/nodes/:node_id/quarantine',
  release: '/v1/nodes/:node_id/release',
  revoke: '/v1/nodes/:node_id/revoke',
  approve: '/v1/nodes/:node_id/approve',
  reject: '/v1/nodes/:node_id/reject',
  setClass: '/v1/nodes/:node_id/class',
  deleteNode: '/v1/nodes/:node_id/delete',
  eraseNode: '/v1/nodes/:node_id/erase',
  resetSequence: '/v1/nodes/:node_id/reset-sequence',
  explainNode: '/v1/nodes/:node_id/explanation',
  proveNode: '/v1/nodes/:node_id/proof',
  reach: '/v1/nodes/:node_id/reach',
  nodeScores: '/v1/nodes/:node_id/scores',
  live: '/v1/live',
  policy: '/v1/policy',
  checkPolicy: '/v1/policy/check',
  backtestPolicy: '/v1/policy/backtest',
  metrics: '/v1/metrics',
  brake: '/v1/brake',
  endBrake: '/v1/brake/end',
  caStatus: '/v1/ca/status',
  rotateCa: '/v1/ca/rotate',
  finishCa: '/v1/ca/finish',
  configKeyStatus: '/v1/config-key/status',
  prepareConfigKey: '/v1/config-key/prepare',
  switchConfigKey: '/v1/config-key/switch',
  finishConfigKey: '/v1/config-key/finish',
  abortConfigKey: '/v1/config-key/abort',
  logKeyStatus: '/v1/log-key/status',
  prepareLogKey: '/v1/log-key/prepare',
  finishLogKey: '/v1/log-key/finish',
  abortLogKey: '/v1/log-key/abort',
  masterKeyStatus: '/v1/master-key/status',
  rotateMasterKey: '/v1/master-key/rotate',
  rotate: '/v1/rotate',
  maintenance: '/v1/maintenance',
  endMaintenance: '/v1/maintenance/end',
  officers: '/v1/officers',
  requests: '/v1/requests',
  requestDraft: '/v1/requests/draft',
  revocations: '/v1/revocations',
  logEntries: '/v1/log/entries',
  logKey: '/v1/log/key',
  backup: '/v1/backup',
  exams: '/v1/exams',
  exam: '/v1/exams/:exam_id',
  proveExam: '/v1/exams/:exam_id/proof',
  examPools: '/v1/exams/pools',
  withdrawPool: '/v1/exams/pools/:pool/withdraw',
  examiners: '/v1/examiners',
  restoreExaminer: '/v1/examiners/:node_id/restore',
  alerts: '/v1/alerts',
  testAlerts: '/v1/alerts/test',
  keys: '/v1/keys',
  expireKey: '/v1/keys/:key_id/expire',
} as const;

/**
 * In a node's request: the config version that it holds. In the answer: the same version, if there is nothing
 * new for the node; that renews its lease as a 304 does. Answers to config queries say so themselves.
 */
export const CONFIG_VERSION_HEADER = 'mesh-config-version';

/**
 * The media type of an answer that is one line of JSON after the other, each of them an answer to the query.
 * Only queries that ask for it get one.
 */
export const STREAM_MEDIA_TYPE = 'application/jsonl';

export type RouteName = keyof typeof routes;

/**
 * Fills in a path: `pathOf('config', 'node-a')`. It accepts only an id of the kind that the route is about.
 * Encoding would not be enough: URLs collapse `..` even as `%2e%2e`, and the request would go to another path
 * than was meant.
 *
 * @throws PrimitivesError `invalid_node_id` if the route is about a node and `id` is not a node id
 * @throws AdminKeyError if the route is about an API key and `id` is not the id of one
 * @throws ExamIdError if the route is about an exam or a pool and `id` is not the name of one
 */
export function pathOf(route: RouteName, id?: string): string {
  const pattern: string = routes[route];
  return pattern
    .replace(':node_id', () => parseNodeId(id))
    .replace(':key_id', () => parseAdminKeyId(id))
    .replace(':exam_id', () => parseExamId(id))
    .replace(':pool', () => parsePoolName(id));
}

/** Below this, the public listener serves the administration. */
const NETWORK_ADMIN = '/v1/admin';

/** Where a path of the administration is at the public listener: `/v1/nodes` → `/v1/admin/nodes`. */
export function networkAdminPath(path: string): string {
  return `${NETWORK_ADMIN}${path.startsWith('/v1/') ? path.slice('/v1'.length) : path}`;
}
