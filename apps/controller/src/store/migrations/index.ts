// Every migration, in order. A migration that has been released is never edited.

import { initial } from './0001-initial.ts';
import { maintenance } from './0003-maintenance.ts';
import { declining } from './0004-declining.ts';
import { resultGap } from './0005-result-gap.ts';
import { unreachable } from './0006-unreachable.ts';
import { shortRows } from './0007-short-rows.ts';
import { adminKeys } from './0008-admin-keys.ts';
import { officers } from './0009-officers.ts';
import { policiesAndBrake } from './0010-policies-and-brake.ts';
import { enrolments } from './0011-enrolments.ts';
import { caRotation } from './0014-ca-rotation.ts';
import { configKeys } from './0015-config-keys.ts';
import { publishedLog } from './0016-published-log.ts';
import { erasures } from './0018-erasures.ts';
import { sequentialAlarm } from './0019-sequential-alarm.ts';
import { logKeys } from './0020-log-keys.ts';
import { policyEntries } from './0023-policy-entries.ts';
import { probationByDrift } from './0025-probation-by-drift.ts';
import { configsTold } from './0028-configs-told.ts';
import { newestMessages } from './0029-newest-messages.ts';
import { movedTiles } from './0030-moved-tiles.ts';
import { exams } from './0031-exams.ts';
import { alerts } from './0032-alerts.ts';
import { stateEntries } from './0033-state-entries.ts';

export const migrations = [
  initial,
  maintenance,
  declining,
  resultGap,
  unreachable,
  shortRows,
  adminKeys,
  officers,
  policiesAndBrake,
  enrolments,
  caRotation,
  configKeys,
  publishedLog,
  erasures,
  sequentialAlarm,
  logKeys,
  policyEntries,
  probationByDrift,
  configsTold,
  newestMessages,
  movedTiles,
  exams,
  alerts,
  stateEntries,
];
