// GET /health, on the public listener and on the administration socket.

import type { HttpBindings } from '@hono/node-server';
import type { Clock } from '@mesh/host';
import {
  type AppliedReports,
  type CommandContext,
  examOverdueSinceMs,
  freshTroubles,
  type MeshView,
} from '@mesh/membership';
import { defined, formatRfc3339 } from '@mesh/primitives';
import { type Health, ProblemError, problem } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Alerts } from '../../alerts/alerts.ts';
import { cosignersOf } from '../../publish/cosigners-of.ts';
import type { MemberCosignatures } from '../../publish/member-cosignatures.ts';
import type { Publication } from '../../publish/publication.ts';
import type { PublishedLog } from '../../publish/published-log.ts';
import type { LogHead } from '../../store/log-writer.ts';
import type { StorageSize } from '../../store/storage-size.ts';
import type { FloodWatch } from '../gate/flood-watch.ts';

/** For how long what grows is kept; null: for ever, in the database. */
export type KeptFor = Required<
  Pick<NonNullable<Health['storage']>, 'details_days' | 'configs_days' | 'move_after_days'>
>;

export interface AdminHealthPorts {
  readonly publication: Publication;
  readonly flood: Pick<FloodWatch, 'totals' | 'floodSinceMs'>;
  readonly journal: { head(): LogHead; context(): CommandContext };
  readonly storageSize: () => StorageSize;
  readonly erasures: { readonly pending: number };
  readonly kept: KeptFor;
  readonly publishedLog: Pick<PublishedLog, 'head' | 'checkpoint'>;
  readonly offeredLog: Pick<PublishedLog, 'head'>;
  readonly memberCosignatures: Pick<MemberCosignatures, 'status'>;
  readonly view: MeshView;
  readonly applied: AppliedReports;
  readonly alerts: Pick<Alerts, 'statuses'>;
  readonly clock: Clock;
}

export interface PublicHealthPorts {
  readonly publication: Publication;
  readonly journal: { readonly failing: boolean };
}

/**
 * Answers `ok` even if the database takes no writes: the operator asks whether the process runs. The operator
 * also learns what the listeners have refused since the start, whether that is a flood, and how much the
 * database has grown.
 */
export function adminHealthRoute(ports: AdminHealthPorts): Handler {
  const { publication, flood, journal, storageSize, erasures, kept } = ports;
  return (context) => {
    const { databaseBytes, freeBytes, walBytes, moved } = storageSize();
    const { totals, floodSinceMs } = flood;
    const answer: Health = {
      status: 'ok',
      epoch_id: publication.version().epochId,
      refused_total: totals,
      flood_since: floodSinceMs === undefined ? null : formatRfc3339(floodSinceMs),
      storage: {
        database_bytes: databaseBytes,
        free_bytes: freeBytes,
        wal_bytes: walBytes,
        log_entries: journal.head().size,
        ...kept,
        erasures_pending: erasures.pending,
        ...defined({ moved }),
      },
      log: logHealth(ports),
      ...defined({ exams: examHealth(ports), alerts: alertHealth(ports) }),
    };
    return context.json(answer);
  };
}

function logHealth(ports: AdminHealthPorts) {
  const { publishedLog, offeredLog, memberCosignatures, view, applied, clock } = ports;
  const { newest, required } = memberCosignatures.status();
  return {
    published_size: publishedLog.head().size,
    offered_size: offeredLog.head().size,
    member_cosignatures: newest,
    required_member_cosignatures: required,
    cosigned_by: cosignersOf(publishedLog.checkpoint()),
    refused_by: [...view.nodes()]
      .map(({ nodeId }) => nodeId)
      .filter((nodeId) => freshTroubles(applied.of(nodeId), clock.nowMs()).log !== undefined),
  };
}

/** How many ids are listed. */
const MOST_OVERDUE = 20;

function examHealth({ view, journal, clock }: AdminHealthPorts): Health['exams'] {
  const { policy } = journal.context();
  if (policy.exams === undefined) return undefined;
  const nowMs = clock.nowMs();
  const overdue = [...view.nodes()].filter((node) => examOverdueSinceMs(policy, node, nowMs) !== undefined);
  return {
    suspended_examiners: [...view.exams().examiners()]
      .filter(({ suspendedBy }) => suspendedBy !== undefined)
      .map(({ nodeId }) => nodeId),
    overdue: overdue.length,
    overdue_nodes: overdue.slice(0, MOST_OVERDUE).map(({ nodeId }) => nodeId),
  };
}

function alertHealth({ alerts }: AdminHealthPorts): Health['alerts'] {
  const statuses = alerts.statuses();
  if (statuses.length === 0) return undefined;
  const sum = (of: 'pending' | 'dropped') => statuses.reduce((total, status) => total + status[of], 0);
  return {
    receivers: statuses.length,
    pending: sum('pending'),
    dropped: sum('dropped'),
    failing: statuses.flatMap(({ name, failing }) =>
      failing === undefined ? [] : [{ name, since: formatRfc3339(failing.sinceMs), why: failing.why }],
    ),
  };
}

/** Answers with a problem while the controller cannot admit nodes or has no epoch yet. */
export function publicHealthRoute({
  publication,
  journal,
}: PublicHealthPorts): Handler<{ Bindings: HttpBindings }> {
  return (context) => {
    if (journal.failing)
      throw new ProblemError(problem('storage_unavailable', 'the database cannot be written'), 1);
    if (!publication.ready)
      throw new ProblemError(problem('not_ready', 'the first epoch is being opened'), 1);
    return context.json({ status: 'ok', epoch_id: publication.version().epochId });
  };
}
