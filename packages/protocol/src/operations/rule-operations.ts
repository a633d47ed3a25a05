// The operations of the administration on the policy, the brake, planned work, officers and exams.

import * as admin from '../messages/admin.ts';
import { backtestRequest, policyBacktest } from '../messages/backtest.ts';
import { brakeStatus, endBrakeRequest } from '../messages/brake.ts';
import {
  examinerList,
  examinerSummary,
  examList,
  examSummary,
  loadPoolRequest,
  openedItems,
  poolList,
  poolSummary,
} from '../messages/exam-admin.ts';
import { proofAnswer } from '../messages/log.ts';
import { officerList, requestDraft, requestList, requestStatus } from '../messages/officer-answers.ts';
import { maintenanceMessage, requestDraftQuery, signedRequest } from '../messages/officer-request.ts';
import {
  checkPolicyRequest,
  policyChanged,
  policyStatus,
  policyTrial,
  setPolicyRequest,
} from '../messages/policy.ts';
import { type AdminOperation, operationMaker, pageQuery } from './operation.ts';

const get = operationMaker<AdminOperation, 'GET'>('GET');
const post = operationMaker<AdminOperation, 'POST'>('POST');

/** What a request of officers can be refused with. */
const OF_REQUESTS = [
  'mesh_mismatch',
  'bad_signature',
  'officer_unknown',
  'not_found',
  'request_replayed',
  'request_stale',
  'request_early',
  'request_expired',
  'too_few_signatures',
  'too_many_requests',
  'state_conflict',
  'policy_refused',
  'key_spent',
] as const;

export const ruleOperations = {
  policy: get('policy', {
    least: 'viewer',
    summary: 'Read the policy in force and the one that waits',
    answer: policyStatus,
    notModified: 'etag',
    problems: [],
  }),
  checkPolicy: post('checkPolicy', {
    least: 'viewer',
    summary: 'Try a policy on the present evidence',
    body: checkPolicyRequest,
    answer: policyTrial,
    problems: ['policy_refused', 'key_spent'],
  }),
  backtestPolicy: post('backtestPolicy', {
    least: 'viewer',
    summary: 'Replay the evidence of the log under a policy',
    body: backtestRequest,
    answer: policyBacktest,
    problems: ['policy_refused', 'state_conflict'],
  }),
  setPolicy: post('policy', {
    least: 'operator',
    summary: 'Change the policy',
    body: setPolicyRequest,
    answer: policyChanged,
    problems: ['policy_refused', 'key_spent', 'state_conflict', 'officers_required'],
  }),
  brake: get('brake', {
    least: 'viewer',
    summary: 'Read whom the safety brake holds',
    answer: brakeStatus,
    notModified: 'etag',
    problems: [],
  }),
  endBrake: post('endBrake', {
    least: 'operator',
    summary: 'Decide about the nodes that the brake holds',
    body: endBrakeRequest,
    answer: brakeStatus,
    problems: ['state_conflict', 'officers_required'],
  }),
  maintenance: get('maintenance', {
    least: 'viewer',
    summary: 'Read whether planned work is under way',
    answer: admin.maintenanceStatus,
    notModified: 'etag',
    problems: [],
  }),
  startMaintenance: post('maintenance', {
    least: 'officer-proposer',
    summary: 'Begin planned work that an officer has signed',
    body: maintenanceMessage,
    answer: admin.maintenanceStatus,
    problems: [
      'mesh_mismatch',
      'bad_signature',
      'officer_unknown',
      'clock_skew',
      'request_expired',
      'request_replayed',
      'state_conflict',
    ],
  }),
  endMaintenance: post('endMaintenance', {
    least: 'operator',
    summary: 'End planned work',
    answer: admin.maintenanceStatus,
    problems: ['state_conflict'],
  }),
  officers: get('officers', {
    least: 'viewer',
    summary: 'List the officers',
    answer: officerList,
    notModified: 'etag',
    problems: [],
  }),
  requests: get('requests', {
    least: 'viewer',
    summary: 'List the requests that wait',
    answer: requestList,
    notModified: 'etag',
    problems: [],
  }),
  requestDraft: post('requestDraft', {
    least: 'viewer',
    summary: 'Ask what a request has to hold to fit the mesh as it is now',
    body: requestDraftQuery,
    answer: requestDraft,
    problems: ['not_found', 'state_conflict', 'policy_refused', 'key_spent'],
  }),
  submitRequest: post('requests', {
    least: 'officer-proposer',
    summary: 'Add signatures to a request',
    body: signedRequest,
    answer: requestStatus,
    problems: OF_REQUESTS,
  }),
  submitRevocation: post('revocations', {
    least: 'officer-proposer',
    summary: 'Revoke a node with all the signatures that it needs',
    body: signedRequest,
    answer: requestStatus,
    problems: OF_REQUESTS,
  }),
  pools: get('examPools', {
    least: 'viewer',
    summary: 'List the pools of exams',
    answer: poolList,
    notModified: 'etag',
    problems: [],
  }),
  loadPool: post('examPools', {
    least: 'operator',
    summary: 'Load a pool of exams',
    body: loadPoolRequest,
    answer: poolSummary,
    problems: ['state_conflict'],
  }),
  withdrawPool: post('withdrawPool', {
    least: 'operator',
    summary: 'Withdraw a pool',
    body: admin.reasonRequest,
    answer: poolSummary,
    problems: ['state_conflict'],
  }),
  openedItems: get('openedItems', {
    least: 'viewer',
    summary: 'Read the retired items of a pool, with their proofs',
    answer: openedItems,
    notModified: 'etag',
    problems: [],
  }),
  exams: get('exams', {
    least: 'viewer',
    summary: 'List the exams, the newest first',
    query: pageQuery,
    answer: examList,
    notModified: 'etag',
    problems: [],
  }),
  exam: get('exam', {
    least: 'viewer',
    summary: 'Read one exam',
    answer: examSummary,
    notModified: 'etag',
    problems: [],
  }),
  examProof: get('proveExam', {
    least: 'viewer',
    summary: 'Read the file that shows an exam',
    answer: proofAnswer,
    problems: ['state_conflict'],
  }),
  examiners: get('examiners', {
    least: 'viewer',
    summary: 'List the examiners',
    answer: examinerList,
    notModified: 'etag',
    problems: [],
  }),
  restoreExaminer: post('restoreExaminer', {
    least: 'operator',
    summary: 'Give an examiner its role back',
    body: admin.reasonRequest,
    answer: examinerSummary,
    problems: ['state_conflict'],
  }),
} as const;
