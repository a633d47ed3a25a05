// The operations of the public door: anybody may ask.

import {
  beginOpenIdRequest,
  beginSessionRequest,
  currentSession,
  finishOpenIdRequest,
  openIdSignIn,
  sessionEnd,
  sessionView,
} from '../messages/dashboard.ts';
import {
  enrolmentAnswer,
  enrolmentChallenge,
  enrolmentChallengeRequest,
  enrolmentMessage,
} from '../messages/enrolment.ts';
import { health } from '../messages/epoch-status.ts';
import { openedItems } from '../messages/exam-admin.ts';
import { logOperations } from './log-operations.ts';
import { type Operation, operationMaker } from './operation.ts';

const get = operationMaker<Operation, 'GET'>('GET');
const post = operationMaker<Operation, 'POST'>('POST');

export const publicOperations = {
  health: get('health', {
    summary: 'Ask whether the controller can admit nodes',
    answer: health,
    problems: ['storage_unavailable'],
  }),
  ca: get('ca', {
    summary: 'Read the certificates of the CAs of the mesh',
    answer: {
      mediaType: 'application/pem-certificate-chain',
      what: 'One certificate, or two while the CA is replaced.',
    },
    problems: [],
  }),
  challenge: post('enrolmentChallenge', {
    summary: 'Get a challenge for an enrolment',
    body: enrolmentChallengeRequest,
    bodyIsOptional: true,
    answer: enrolmentChallenge,
    problems: [],
  }),
  enrol: post('enrol', {
    summary: 'Enrol a node with a join token',
    body: enrolmentMessage,
    answer: enrolmentAnswer,
    problems: [
      'mesh_mismatch',
      'bad_signature',
      'token_invalid',
      'token_binding',
      'enrolment_refused',
      'challenge_expired',
      'possession_failed',
      'node_exists',
      'node_revoked',
      'key_spent',
      'clock_skew',
      'addresses_exhausted',
    ],
  }),
  openedItems: get('openedItems', {
    summary: 'Read the retired items of a pool, with their proofs',
    answer: openedItems,
    problems: [],
  }),
  openApi: get('openApi', {
    summary: 'Read this document',
    answer: { mediaType: 'application/openapi+json', what: 'An OpenAPI 3.1 document.' },
    notModified: 'etag',
    problems: [],
  }),
  openApiPage: get('openApiPage', {
    summary: 'Read this document as a page',
    answer: { mediaType: 'text/html; charset=utf-8', what: 'A page that loads nothing else.' },
    notModified: 'etag',
    problems: [],
  }),
  dashboardSession: get('dashboardSession', {
    summary: 'Read the session of the dashboard that the cookie names',
    answer: currentSession,
    problems: ['not_found'],
  }),
  beginDashboardSession: post('dashboardSession', {
    summary: 'Begin a session of the dashboard with an API key',
    body: beginSessionRequest,
    answer: sessionView,
    problems: ['unauthenticated', 'forbidden', 'not_found'],
  }),
  endDashboardSession: post('endDashboardSession', {
    summary: 'End the session of the dashboard',
    answer: sessionEnd,
    problems: ['forbidden', 'not_found'],
  }),
  beginOpenId: post('beginOpenId', {
    summary: 'Begin a sign-in to the dashboard by OpenID Connect',
    body: beginOpenIdRequest,
    answer: openIdSignIn,
    problems: ['forbidden', 'not_found', 'provider_unavailable'],
  }),
  finishOpenId: post('finishOpenId', {
    summary: "Begin a session of the dashboard with the provider's answer",
    body: finishOpenIdRequest,
    answer: sessionView,
    problems: ['sign_in_refused', 'forbidden', 'not_found', 'provider_unavailable'],
  }),
  dashboard: get('dashboard', {
    summary: 'Read a file of the dashboard',
    answer: { mediaType: '*/*', what: 'A page, or a script, style or picture of it.' },
    notModified: 'etag',
    problems: ['not_found'],
  }),
  ...logOperations,
} as const;
