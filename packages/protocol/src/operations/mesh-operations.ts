// The operations of the administration on nodes, tokens, keys and the log.

import * as z from 'zod';
import * as admin from '../messages/admin.ts';
import { adminKeyList, createAdminKeyAnswer, createAdminKeyRequest } from '../messages/admin-key.ts';
import {
  deletedNode,
  setClassRequest,
  tokenList,
  tokenSummary,
  withdrawTokenRequest,
} from '../messages/admin-members.ts';
import { alertReceiverList, testAlertsAnswer, testAlertsRequest } from '../messages/alerts.ts';
import { epochStatus, health } from '../messages/epoch-status.ts';
import { nodeErasure } from '../messages/erasure.ts';
import { liveState, nodeScores } from '../messages/live.ts';
import { logKeyView, proofAnswer } from '../messages/log.ts';

import { nodeExplanation } from '../messages/policy.ts';
import { reachAnswer } from '../messages/reach.ts';
import { type AdminOperation, MAX_PAGE, operationMaker, pageQuery } from './operation.ts';

const get = operationMaker<AdminOperation, 'GET'>('GET');
const post = operationMaker<AdminOperation, 'POST'>('POST');

const wholeNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

const changesNode = {
  least: 'operator',
  body: admin.reasonRequest,
  answer: admin.nodeSummary,
  problems: ['state_conflict', 'officers_required'],
} as const;

export const meshOperations = {
  health: get('health', {
    least: 'viewer',
    summary: 'Read how the controller does',
    answer: health,
    problems: [],
  }),
  metrics: get('metrics', {
    least: 'viewer',
    summary: 'Read the metrics for Prometheus',
    answer: { mediaType: 'text/plain', what: 'The text format of Prometheus.' },
    problems: [],
  }),
  epoch: get('epoch', {
    least: 'viewer',
    summary: 'Read who is in, and why',
    answer: epochStatus,
    problems: [],
  }),
  rotate: post('rotate', {
    least: 'operator',
    summary: 'Open the next epoch now',
    answer: admin.rotateAnswer,
    problems: ['state_conflict'],
  }),
  nodes: get('nodes', {
    least: 'viewer',
    summary: 'List the nodes',
    query: pageQuery,
    answer: admin.nodeList,
    notModified: 'etag',
    problems: [],
  }),
  node: get('node', {
    least: 'viewer',
    summary: 'Read one node with its keys, pairs and newest log entries',
    answer: admin.nodeDetail,
    notModified: 'etag',
    problems: [],
  }),
  quarantine: post('quarantine', {
    ...changesNode,
    summary: 'Put a node into quarantine',
    body: admin.quarantineRequest,
  }),
  release: post('release', { ...changesNode, summary: 'End the quarantine of a node' }),
  revoke: post('revoke', { ...changesNode, summary: 'Revoke a node for ever' }),
  approve: post('approve', { ...changesNode, summary: 'Let a node in that waits for it' }),
  reject: post('reject', { ...changesNode, summary: 'Reject a node that waits' }),
  setClass: post('setClass', {
    ...changesNode,
    summary: 'Give a node another class',
    body: setClassRequest,
  }),
  deleteNode: post('deleteNode', {
    ...changesNode,
    summary: 'Delete the record of a revoked node',
    answer: deletedNode,
  }),
  eraseNode: post('eraseNode', {
    ...changesNode,
    summary: 'Erase what the log only commits to about a node',
    answer: nodeErasure,
  }),
  resetSequence: post('resetSequence', {
    ...changesNode,
    summary: 'Lower last sequences that are ahead of the clock',
    answer: admin.sequenceReset,
  }),
  explainNode: get('explainNode', {
    least: 'viewer',
    summary: 'Read every rule that a node is held to',
    answer: nodeExplanation,
    notModified: 'etag',
    problems: [],
  }),
  proveNode: get('proveNode', {
    least: 'viewer',
    summary: 'Read the file that shows a decision on a node',
    query: z.object({ epoch: wholeNumber, denial: z.literal('1').optional(), seen: wholeNumber }),
    answer: proofAnswer,
    problems: [],
  }),
  reach: get('reach', {
    least: 'viewer',
    summary: 'Read whether a node may send to another, and the way back',
    query: z.object({ peer: z.string() }),
    answer: reachAnswer,
    notModified: 'etag',
    problems: [],
  }),
  nodeScores: get('nodeScores', {
    least: 'viewer',
    summary: 'Read the results of a node over time, as the policy in force judges them',
    answer: nodeScores,
    notModified: 'etag',
    problems: [],
  }),
  live: get('live', {
    least: 'viewer',
    summary: 'Read the live state of the mesh, or follow it',
    answer: liveState,
    events: liveState,
    problems: [],
  }),
  tokens: get('tokens', {
    least: 'viewer',
    summary: 'List the join tokens',
    query: pageQuery,
    answer: tokenList,
    notModified: 'etag',
    problems: [],
  }),
  createToken: post('tokens', {
    least: 'operator',
    summary: 'Make a join token',
    body: admin.createTokenRequest,
    answer: admin.createTokenAnswer,
    problems: ['state_conflict'],
  }),
  withdrawToken: post('withdrawToken', {
    least: 'operator',
    summary: 'Withdraw a join token',
    body: withdrawTokenRequest,
    answer: tokenSummary,
    problems: ['not_found', 'state_conflict'],
  }),
  keys: get('keys', {
    least: 'operator',
    summary: 'List the API keys',
    answer: adminKeyList,
    notModified: 'etag',
    problems: [],
  }),
  createKey: post('keys', {
    least: 'operator',
    summary: 'Make an API key',
    body: createAdminKeyRequest,
    answer: createAdminKeyAnswer,
    problems: ['state_conflict'],
  }),
  expireKey: post('expireKey', {
    least: 'operator',
    summary: 'End an API key and those that were made with it',
    answer: adminKeyList,
    problems: ['state_conflict'],
  }),
  log: get('logEntries', {
    least: 'viewer',
    summary: 'Read entries of the log, or follow it',
    query: z.object({
      from: wholeNumber,
      limit: z.number().int().min(0).max(MAX_PAGE).optional(),
      node: z.string().optional(),
      type: z
        .string()
        .regex(/^[a-z0-9._-]{1,64}$/)
        .optional(),
      since: z.string().optional(),
      follow: z.literal('1').optional(),
    }),
    answer: admin.logPage,
    lines: admin.logLine,
    problems: [],
  }),
  logKey: get('logKey', {
    least: 'viewer',
    summary: 'Read the name and the keys of the log',
    answer: logKeyView,
    notModified: 'etag',
    problems: [],
  }),
  alerts: get('alerts', {
    least: 'viewer',
    summary: 'List the receivers of alerts',
    answer: alertReceiverList,
    problems: [],
  }),
  testAlerts: post('testAlerts', {
    least: 'operator',
    summary: 'Send a test to the receivers of alerts',
    body: testAlertsRequest,
    answer: testAlertsAnswer,
    problems: ['not_found'],
  }),
} as const;
