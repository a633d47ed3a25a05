// Reads from an entry of the log what a replay needs of it.

import type { LogEntryView } from '@mesh/protocol';
import { type NodeStatus, type ReplayEvent, readClosedExam } from '@mesh/scoring';
import * as z from 'zod';
import { STATUS_AFTER } from '../verify/check-standing.ts';
import { readInstant } from './read-instant.ts';
import { readResult } from './read-result.ts';

/** What an exam's entry commits to. */
const closedIn = z.object({ exam: z.unknown().optional() });

/** What an entry says beside its type, as far as a replay needs it. */
const dataForm = z.object({
  class: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  since: z.string().optional(),
  needs_approval: z.boolean().optional(),
});

export interface ReadEntry {
  readonly at: number;
  readonly type: string;
  readonly node_id?: string | undefined;
  readonly data?: z.output<typeof dataForm> | undefined;
  readonly revealed?: unknown;
}

/** @returns undefined for an entry of another form, which no controller writes */
export function readEntry({ entry }: LogEntryView): ReadEntry | undefined {
  const { at: written, type, node_id, data, revealed } = entry as Readonly<Record<string, unknown>>;
  const at = readInstant(written);
  if (at === undefined || typeof type !== 'string') return undefined;
  if (!(node_id === undefined || typeof node_id === 'string')) return undefined;
  // Almost all entries are results, of which a replay needs what they reveal.
  const read = type === 'benchmark_accepted' ? undefined : dataForm.safeParse(data).data;
  return { at, type, node_id, data: read, revealed };
}

/**
 * The status of a node before an entry of this type. A revocation may also end a quarantine, which only the
 * entries before it tell.
 */
export const STATUS_BEFORE: Readonly<Record<string, NodeStatus>> = {
  node_quarantined: 'active',
  node_released: 'quarantined',
  node_approved: 'pending',
  node_rejected: 'pending',
  node_revoked: 'active',
  node_deleted: 'revoked',
};

/** @returns `erased` for a result whose details are gone; nothing for an entry that changes no decision */
export function replayEventsOf(read: ReadEntry): readonly ReplayEvent[] | 'erased' {
  const { at: atMs, type, node_id: nodeId, data } = read;
  if (type === 'epoch_opened') return [{ kind: 'boundary', atMs }];
  if (type === 'controller_started') return [{ kind: 'restart', atMs }];
  if (nodeId === undefined) return [];
  const status = type === 'node_deleted' ? 'revoked' : STATUS_AFTER[type];
  if (status !== undefined) return [{ kind: 'status', nodeId, atMs, status }];
  switch (type) {
    case 'benchmark_accepted': {
      const benchmark = readResult(read.revealed);
      return benchmark === undefined ? 'erased' : [{ kind: 'benchmark', nodeId, atMs, benchmark }];
    }
    case 'exam_closed': {
      const { success, data: details } = closedIn.safeParse(read.revealed);
      if (!success) return 'erased';
      // An exam that nobody has answered changes nothing.
      const closed = readClosedExam(details.exam);
      return closed === undefined ? [] : [{ kind: 'exam', nodeId, atMs, closed }];
    }
    case 'node_enrolled':
      return [
        { kind: 'class', nodeId, atMs, className: data?.class ?? 'default' },
        { kind: 'status', nodeId, atMs, status: data?.needs_approval === true ? 'pending' : 'active' },
      ];
    case 'node_class_changed':
      return data?.to === undefined ? [] : [{ kind: 'class', nodeId, atMs, className: data.to }];
    case 'node_left':
      return [{ kind: 'left', nodeId, atMs }];
    case 'node_unreachable':
      return [{ kind: 'unreachable', nodeId, atMs, sinceMs: readInstant(data?.since) ?? atMs }];
    case 'node_reachable':
      return [{ kind: 'unreachable', nodeId, atMs, sinceMs: undefined }];
    default:
      return [];
  }
}
