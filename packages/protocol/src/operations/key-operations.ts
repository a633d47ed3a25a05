// The operations of the administration on the controller's own keys and its backup.

import * as z from 'zod';
import { backupPart, backupRequest, backupStatus } from '../messages/backup.ts';
import { caStatus, finishCaRequest, rotateCaRequest } from '../messages/ca.ts';
import {
  configKeyStatus,
  endConfigKeyRequest,
  prepareConfigKeyRequest,
  switchConfigKeyRequest,
} from '../messages/config-key.ts';
import { finishLogKeyRequest, logKeyRequest, logKeyStatus } from '../messages/log-key.ts';
import { masterKeyStatus, rotateMasterKeyRequest } from '../messages/master-key.ts';
import { type AdminOperation, operationMaker } from './operation.ts';

const get = operationMaker<AdminOperation, 'GET'>('GET');
const post = operationMaker<AdminOperation, 'POST'>('POST');

const reads = { least: 'viewer', notModified: 'etag', problems: [] } as const;
const changes = { least: 'operator', problems: ['state_conflict'] } as const;

export const keyOperations = {
  caStatus: get('caStatus', { ...reads, summary: 'Read the CAs and who is not ready', answer: caStatus }),
  rotateCa: post('rotateCa', {
    ...changes,
    summary: 'Make another CA beside the present one',
    body: rotateCaRequest,
    answer: caStatus,
  }),
  finishCa: post('finishCa', {
    ...changes,
    summary: 'End the present CA',
    body: finishCaRequest,
    answer: caStatus,
  }),
  configKeyStatus: get('configKeyStatus', {
    ...reads,
    summary: 'Read the config keys and who has not confirmed the next',
    answer: configKeyStatus,
  }),
  prepareConfigKey: post('prepareConfigKey', {
    ...changes,
    summary: 'Make another config key and announce it',
    body: prepareConfigKeyRequest,
    answer: configKeyStatus,
  }),
  switchConfigKey: post('switchConfigKey', {
    ...changes,
    summary: 'Sign with the announced key',
    body: switchConfigKeyRequest,
    answer: configKeyStatus,
  }),
  finishConfigKey: post('finishConfigKey', {
    ...changes,
    summary: 'End the config key that signed before',
    body: endConfigKeyRequest,
    answer: configKeyStatus,
  }),
  abortConfigKey: post('abortConfigKey', {
    ...changes,
    summary: 'Drop the announced config key',
    body: endConfigKeyRequest,
    answer: configKeyStatus,
  }),
  logKeyStatus: get('logKeyStatus', { ...reads, summary: 'Read the keys of the log', answer: logKeyStatus }),
  prepareLogKey: post('prepareLogKey', {
    ...changes,
    summary: 'Make other keys of the log, which sign as well',
    body: logKeyRequest,
    answer: logKeyStatus,
  }),
  finishLogKey: post('finishLogKey', {
    ...changes,
    summary: 'End the keys of the log that signed before',
    body: finishLogKeyRequest,
    answer: logKeyStatus,
  }),
  abortLogKey: post('abortLogKey', {
    ...changes,
    summary: 'Drop the next keys of the log',
    body: logKeyRequest,
    answer: logKeyStatus,
  }),
  masterKeyStatus: get('masterKeyStatus', {
    ...reads,
    summary: 'Read how the rotation of the master key does',
    answer: masterKeyStatus,
  }),
  rotateMasterKey: post('rotateMasterKey', {
    ...changes,
    summary: 'Rotate the master key',
    body: rotateMasterKeyRequest,
    answer: masterKeyStatus,
  }),
  startBackup: post('backup', {
    ...changes,
    summary: 'Begin a backup, or let go of one that was fetched',
    body: backupRequest,
    answer: backupStatus,
  }),
  backup: get('backup', {
    least: 'operator',
    summary: 'Read how the backup does, or with `id` a part of it',
    query: z.object({
      id: z.string().optional(),
      offset: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    }),
    answer: z.union([backupPart, backupStatus]),
    problems: ['not_found'],
  }),
} as const;
