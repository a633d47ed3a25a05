// What goes on now that operators should know of and the log does not say: read from where it is known.

import { defined, type NodeId } from '@mesh/primitives';
import type { AlertEvent } from '../settings/alerts-setting.ts';
import type { Ongoing } from './findings.ts';

export interface GoingOnPorts {
  readonly nowMs: () => number;
  readonly isFlooded: () => boolean;
  readonly isStorageFailing: () => boolean;
  /** How far the wall clock has jumped since the last look, milliseconds; undefined if it has not. */
  readonly clockJump: () => number | undefined;
  /** The witnesses that do not cosign. */
  readonly witnesses: () => readonly {
    readonly url: string;
    readonly trouble: { readonly sinceMs: number; readonly isFork: boolean };
  }[];
  /** The nodes that say that the log contradicts itself. */
  readonly refusers: () => readonly NodeId[];
  /** When the CA's certificate ends, wall clock. */
  readonly caEndsAtMs: () => number;
  /** Of the nodes that are in, when their newest certificate ends, wall clock. */
  readonly nodeCertificates: () => Iterable<{ readonly nodeId: NodeId; readonly endsAtMs: number }>;
  /** How long a node's certificate is valid, milliseconds. */
  readonly certificateMs: number;
}

/** A witness may be restarted in this time. */
const SILENT_AFTER_MS = 300_000;
const CA_NEAR_MS = 90 * 86_400_000;
/** Agents renew their certificate when a third of its time is left. */
const NODE_NEAR = 1 / 8;

export function* goingOn(ports: GoingOnPorts): Iterable<Ongoing> {
  const nowMs = ports.nowMs();
  if (ports.isStorageFailing())
    yield critical('storage', 'the database takes no writes: denials go on, and nothing is admitted');
  if (ports.isFlooded())
    yield warning('flood', 'the doors refuse a flood: the log names the busiest sources');
  const jumpMs = ports.clockJump();
  if (jumpMs !== undefined)
    yield {
      ...warning('clock', `the wall clock has jumped by ${(jumpMs / 1_000).toFixed(1)} s`),
      isMoment: true,
    };
  for (const { url, trouble } of ports.witnesses()) {
    if (trouble.isFork)
      yield critical('fork', `the witness ${url} has cosigned another history of the log`, url);
    else if (nowMs - trouble.sinceMs >= SILENT_AFTER_MS)
      yield warning('witness', `the witness ${url} does not cosign`, url);
  }
  for (const nodeId of ports.refusers())
    yield critical('fork', `${nodeId} refuses the log: it says that the log contradicts itself`, nodeId);
  yield* certificates(ports, nowMs);
}

function* certificates(ports: GoingOnPorts, nowMs: number): Iterable<Ongoing> {
  const ca = ports.caEndsAtMs();
  if (ca - nowMs < CA_NEAR_MS)
    yield warning('certificate', "the CA's certificate ends within 90 days: meshctl ca rotate", 'ca');
  for (const { nodeId, endsAtMs } of ports.nodeCertificates())
    if (endsAtMs - nowMs < ports.certificateMs * NODE_NEAR)
      yield warning(
        'certificate',
        `the certificate of ${nodeId} ends soon, and it has not renewed it`,
        nodeId,
      );
}

const critical = (event: AlertEvent, summary: string, subject?: string) =>
  ongoing(event, 'critical', summary, subject);
const warning = (event: AlertEvent, summary: string, subject?: string) =>
  ongoing(event, 'warning', summary, subject);

function ongoing(
  event: AlertEvent,
  severity: Ongoing['severity'],
  summary: string,
  subject: string | undefined,
): Ongoing {
  return { event, severity, summary, ...defined({ subject }) };
}
