// meshctl status: the mesh on one screen: who is in, the epoch, the log, what needs attention, and what has
// happened last.

import { formatRfc3339 } from '@mesh/primitives';
import type { Command } from 'commander';
import { eventOf, renderEvents } from '../events/event-lines.ts';
import { type NewestEvents, newestEvents } from '../events/newest-events.ts';
import { formatDuration } from '../options/duration.ts';
import { renderFields } from '../output/table.ts';
import { showing, type WatchFlags, withWatch } from '../output/watch.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';
import { findingsOf } from '../status/findings.ts';
import { type MeshSnapshot, takeSnapshot } from '../status/mesh-snapshot.ts';
import { countNodes, nodeStates } from '../status/node-counts.ts';
import { renderFindings } from './findings-table.ts';

const SHOWN_EVENTS = 8;

export function addStatusCommand(program: Command, ports: Ports): void {
  const status = program
    .command('status')
    .description(
      'the mesh on one screen: who is in, the epoch, the log, what needs attention, the last events',
    );
  withWatch(status).action((flags: WatchFlags, command: Command) =>
    withSession(command, ports, (session) =>
      showing(
        flags,
        session,
        () => ask(session),
        (overview) => render(overview, session),
      ),
    ),
  );
}

async function ask({ client }: Session): Promise<Overview> {
  const [snapshot, newest] = await Promise.all([takeSnapshot(client), newestEvents(client, SHOWN_EVENTS)]);
  return overviewOf(snapshot, newest);
}

type Overview = ReturnType<typeof overviewOf>;

/** The document of `--json`. */
function overviewOf(snapshot: MeshSnapshot, { size, events }: NewestEvents) {
  const { epoch, nowMs, nodes, health } = snapshot;
  return {
    schema_version: 1,
    at: formatRfc3339(Math.floor(nowMs)),
    nodes: countNodes(nodes, nowMs),
    epoch: {
      epoch_id: epoch.epoch_id,
      ends_at: epoch.expiry_utc,
      ends_in_seconds: Math.floor((Date.parse(epoch.expiry_utc) - nowMs) / 1_000),
    },
    log: {
      size,
      published_size: health.log?.published_size ?? null,
      cosigned_by: health.log?.cosigned_by ?? null,
    },
    findings: findingsOf(snapshot),
    events: events.map(eventOf),
  };
}

function render({ at, nodes, epoch, log, findings, events }: Overview, session: Session): string {
  const { total, ...counts } = nodes;
  const named = nodeStates.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  const endsIn = epoch.ends_in_seconds * 1_000;
  const facts = renderFields([
    ['at', at],
    ['nodes', total === 0 ? 'none yet' : `${total}: ${named.join(', ')}`],
    [
      'epoch',
      endsIn < 0
        ? `${epoch.epoch_id}, over since ${epoch.ends_at}`
        : `${epoch.epoch_id}, ends in ${formatDuration(endsIn)}`,
    ],
    ['log', `${log.size} entries${describeHead(log)}`],
  ]);
  const last = events.length === 0 ? '' : `\n${renderEvents(events)}`;
  return `${facts}\n${renderFindings(findings, session)}${last}`;
}

function describeHead({ published_size: size, cosigned_by: cosigners }: Overview['log']): string {
  if (size === null) return '';
  const by =
    cosigners === null ? '' : `, cosigned by ${cosigners.length === 0 ? 'nobody' : cosigners.join(', ')}`;
  return `, published up to ${size}${by}`;
}
