// The newest entries of the log that an operator wants to know of, without those of every minute.

import type { AdminClient, LogEntryView } from '@mesh/protocol';
import { MAX_PAGE } from './log-pages.ts';

/** What comes with every result, report and epoch. */
const ROUTINE: ReadonlySet<unknown> = new Set([
  'benchmark_accepted',
  'endpoint_reported',
  'certificate_issued',
  'configs_told',
  'admin_key_used',
  'exam_promised',
  'exam_committed',
  'exam_result',
  'exam_items_retired',
  'config_key_confirmed',
  'ca_trusted',
]);

export const isRoutine = ({ entry }: LogEntryView): boolean => ROUTINE.has(entry.type);

export interface NewestEvents {
  /** How many entries the log has. */
  readonly size: number;
  /** The oldest first. */
  readonly events: readonly LogEntryView[];
}

/** Looks at the last thousand entries. @param count how many events at most */
export async function newestEvents(client: Pick<AdminClient, 'log'>, count: number): Promise<NewestEvents> {
  const { size } = await client.log({ from: 0, limit: 1 });
  const { entries } = await client.log({ from: Math.max(0, size - MAX_PAGE), limit: MAX_PAGE });
  return { size, events: entries.filter((entry) => !isRoutine(entry)).slice(-count) };
}
