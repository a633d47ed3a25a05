// Which entries of the log receivers are told of, and in what words. Only what the entry shows to everybody
// is used, so that no score leaves the controller, and an alert that is made again after a restart is the
// same.

import { createHash } from 'node:crypto';
import { defined, parseStrictJson } from '@mesh/primitives';
import { describeReasonCode, type ReasonCode } from '@mesh/scoring';
import type { AlertEvent } from '../settings/alerts-setting.ts';
import type { EntryRow } from '../store/alert-rows.ts';
import type { Alert } from './alert.ts';

type EntryData = NonNullable<Alert['entry']>['data'];

interface Entry {
  readonly type: string;
  readonly at: string;
  readonly node_id?: string;
  readonly epoch_id?: number;
  readonly data: EntryData;
}

interface Told {
  readonly event: AlertEvent;
  readonly severity: Alert['severity'];
  readonly summary: (node: string, data: EntryData) => string;
}

const TOLD: Readonly<Record<string, Told>> = {
  node_denied: {
    event: 'cut',
    severity: 'warning',
    summary: (node, data) => `${node} was cut: ${reasonOf(data)}`,
  },
  node_quarantined: {
    event: 'cut',
    severity: 'warning',
    summary: (node, data) => `${node} was quarantined${whyOf(data)}`,
  },
  node_revoked: {
    event: 'cut',
    severity: 'warning',
    summary: (node, data) => `${node} was revoked${whyOf(data)}`,
  },
  class_revoked: {
    event: 'cut',
    severity: 'warning',
    summary: (_, data) => `class ${textOf(data.class)} was revoked${whyOf(data)}`,
  },
  probation_began: {
    event: 'probation',
    severity: 'warning',
    summary: (node, data) => `${node} was put on probation: ${reasonOf(data)}`,
  },
  node_admitted: {
    event: 'admission',
    severity: 'info',
    summary: (node, data) => `${node} is in: ${reasonOf(data)}`,
  },
  brake_engaged: {
    event: 'brake',
    severity: 'critical',
    summary: (_, data) =>
      `the brake holds nodes in: ${textOf(data.cut)} of ${textOf(data.admitted)} were cut for one cause`,
  },
  brake_ended: {
    event: 'brake',
    severity: 'info',
    summary: (_, data) => `the brake was ended (${textOf(data.decision)})${whyOf(data)}`,
  },
  examiner_suspended: {
    event: 'examiner',
    severity: 'critical',
    summary: (node, data) =>
      `${node} examines nobody any more: it was outvoted in the exams of ${textOf(data.outvoted)} nodes`,
  },
};

/** @returns undefined if nobody is told of such an entry */
export function eventOfEntry(type: string): AlertEvent | undefined {
  return Object.hasOwn(TOLD, type) ? TOLD[type]?.event : undefined;
}

/** @returns undefined if nobody is told of the entry */
export function alertOfEntry({ index, text }: EntryRow): Alert | undefined {
  const { type, at, node_id: nodeId, epoch_id: epochId, data } = parseStrictJson(text) as unknown as Entry;
  const told = Object.hasOwn(TOLD, type) ? TOLD[type] : undefined;
  if (told === undefined) return undefined;
  // After a restore, another entry can have this index.
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return {
    id: `entry_${index}_${digest}`,
    event: told.event,
    status: 'event',
    severity: told.severity,
    atMs: Date.parse(at),
    summary: told.summary(nodeId ?? '?', data),
    ...defined({ nodeId, epochId }),
    entry: { index, type, data },
  };
}

function reasonOf({ reason_code: code }: EntryData): string {
  // A code of another version has no sentence here.
  return (describeReasonCode(code as ReasonCode) as string | undefined) ?? textOf(code);
}

const whyOf = ({ why }: EntryData): string => (typeof why === 'string' ? ` (${why})` : '');

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
