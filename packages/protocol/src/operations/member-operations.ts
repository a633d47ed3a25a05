// The operations of the nodes door: a node's certificate says who asks.

import * as z from 'zod';
import { appliedAnswer, appliedMessage } from '../messages/applied.ts';
import { benchmarkAnswer, benchmarkMessage } from '../messages/benchmark.ts';
import { acknowledgement, endpointMessage } from '../messages/endpoint.ts';
import { certificateAnswer, certificateRequest, enrolmentChallenge } from '../messages/enrolment.ts';
import { epochStatus } from '../messages/epoch-status.ts';
import { examAssignments, examCommitment, examGrading, examReceived, examResult } from '../messages/exam.ts';
import { keyRotationAnswer, keyRotationMessage } from '../messages/key-rotation.ts';
import { leaveMessage } from '../messages/leave.ts';
import { configOrNotice } from '../messages/removal-notice.ts';
import { logOperations } from './log-operations.ts';
import { type MemberOperation, operationMaker } from './operation.ts';

const get = operationMaker<MemberOperation, 'GET'>('GET');
const post = operationMaker<MemberOperation, 'POST'>('POST');

/** Parameters that say `1` for yes. */
const flag = z.literal('1').optional();
const wholeNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

export const memberOperations = {
  submitBenchmark: post('submitBenchmark', {
    summary: 'Submit a signed benchmark',
    query: z.object({ receipt: flag }),
    body: benchmarkMessage,
    answer: benchmarkAnswer,
    isSigned: true,
    problems: [
      'sequence_replayed',
      'sequence_too_far',
      'clock_skew',
      'benchmark_stale',
      'benchmark_from_future',
      'challenge_wrong',
      'attestation_wrong',
      'key_spent',
      'state_conflict',
    ],
  }),
  config: get('config', {
    summary: 'Read the config, or wait for news of it',
    query: z.object({
      version: z.string().max(64).optional(),
      wait: z
        .string()
        .regex(/^\d{1,3}s$/, 'must be seconds, like 25s')
        .optional(),
      instance: z
        .string()
        .regex(/^[A-Za-z0-9_-]{8,64}$/)
        .optional(),
      notices: flag,
      batch: flag,
      stream: flag,
      config_key_list: wholeNumber,
      slots: flag,
      log_size: wholeNumber,
      log: flag,
      exams: flag,
    }),
    answer: configOrNotice,
    lines: configOrNotice,
    notModified: 'version',
    problems: ['instance_conflict', 'query_outstanding', 'storage_unavailable'],
  }),
  epoch: get('epoch', {
    summary: 'Read who is in, and why',
    answer: epochStatus,
    problems: [],
  }),
  reportEndpoint: post('reportEndpoint', {
    summary: 'Report where the node listens',
    body: endpointMessage,
    answer: acknowledgement,
    isSigned: true,
    problems: ['sequence_replayed', 'sequence_too_far', 'clock_skew'],
  }),
  reportApplied: post('reportApplied', {
    summary: 'Report which keys are set and what is failing',
    body: appliedMessage,
    answer: appliedAnswer,
    isSigned: true,
    problems: ['sequence_replayed', 'sequence_too_far', 'clock_skew'],
  }),
  leave: post('leave', {
    summary: 'Leave on purpose',
    body: leaveMessage,
    answer: acknowledgement,
    isSigned: true,
    problems: ['sequence_replayed', 'sequence_too_far', 'clock_skew'],
  }),
  renewCertificate: post('renewCertificate', {
    summary: 'Get a new certificate for the same identity key',
    body: certificateRequest,
    answer: certificateAnswer,
    problems: ['possession_failed'],
  }),
  keyChallenge: post('keyChallenge', {
    summary: 'Get a challenge for new keys',
    answer: enrolmentChallenge,
    problems: [],
  }),
  rotateKeys: post('rotateKeys', {
    summary: 'Replace keys of the node',
    body: keyRotationMessage,
    answer: keyRotationAnswer,
    isSigned: true,
    problems: [
      'challenge_expired',
      'clock_skew',
      'possession_failed',
      'node_exists',
      'key_spent',
      'state_conflict',
    ],
  }),
  examAssignments: get('examAssignments', {
    summary: 'Read the open assignments of an examiner',
    answer: examAssignments,
    problems: [],
  }),
  commitExam: post('commitExam', {
    summary: 'Commit to the answers of an exam',
    body: examCommitment,
    answer: examGrading,
    isSigned: true,
    problems: ['not_found', 'clock_skew', 'state_conflict'],
  }),
  answerExam: post('answerExam', {
    summary: 'Send the grades of an exam',
    body: examResult,
    answer: examReceived,
    isSigned: true,
    problems: ['not_found', 'clock_skew', 'state_conflict'],
  }),
  told: get('told', {
    summary: 'Read what the log says that the node was told',
    query: z.object({ epoch: wholeNumber, from: wholeNumber }),
    answer: { mediaType: 'application/json', what: 'What parseToldAnswer of @mesh/evidence reads.' },
    problems: [],
  }),
  ...logOperations,
} as const;
