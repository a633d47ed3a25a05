// Reads from an entry of the log what a replay needs of it.

import { parseRfc3339 } from '@mesh/primitives';
import type { LogEntryView } from '@mesh/protocol';
import { type Benchmark, type NodeStatus, type ReplayEvent, readClosedExam } from '@mesh/scoring';
import * as z from 'zod';
import { STATUS_AFTER } from '../verify/check-standing.ts';

const instant = z.string().transform((text) => parseRfc3339(text));
const perMetric = z.record(z.string(), z.number());

const result = z.object({
  scores: perMetric,
  samples: perMetric.nullish(),
  measured_by: z.string().optional(),
  measured_at: instant,
  arrived_at: instant,
  sent_at: instant.optional(),
  signals: z
    .object({
      latencyMs: z.number().optional(),
      errorRate: z.number().optional(),
      handshakes: z.number().optional(),
      skewMs: z.number().optional(),
    })
    .optional(),
});

/** What an exam's entry commits to. */
const closedIn = z.object({ exam: z.unknown().optional() });

const entryForm = z.object({
  at: instant,
  type: z.string(),
  node_id: z.string().optional(),
  data: z
    .object({
      class: z.string().optional(),
      from: z.string().optional(),
      to: z.string().optional(),
      since: z.string().optional(),
      needs_approval: z.boolean().optional(),
    })
    .optional()
    .catch(undefined),
  revealed: z.unknown().optional(),
});
export type ReadEntry = z.output<typeof entryForm>;

/** @returns undefined for an entry of another form, which no controller writes */
export function readEntry({ entry }: LogEntryView): ReadEntry | undefined {
  return entryForm.safeParse(entry).data;
}

/** The status of a node before an entry of this type. */
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
      const benchmark = benchmarkOf(read.revealed);
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
      return [{ kind: 'unreachable', nodeId, atMs, sinceMs: data?.since ? parseRfc3339(data.since) : atMs }];
    case 'node_reachable':
      return [{ kind: 'unreachable', nodeId, atMs, sinceMs: undefined }];
    default:
      return [];
  }
}

function benchmarkOf(revealed: unknown): Benchmark | undefined {
  const { success, data } = result.safeParse(revealed);
  if (!success) return undefined;
  return {
    scores: data.scores,
    samples: data.samples ?? undefined,
    measuredBy: data.measured_by,
    measuredAtMs: data.measured_at,
    arrivedAtMs: data.arrived_at,
    sentAtMs: data.sent_at,
    signals: data.signals,
  };
}
