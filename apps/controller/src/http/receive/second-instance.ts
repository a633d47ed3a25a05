// Refuses a second agent with the same identity while the first one runs. The two would fight over sequences
// and sessions.

import { type Clock, LogField, type Logger } from '@mesh/host';
import { type InstanceConflicts, noteInstanceConflict } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import type { Judge } from '../../judge/judge.ts';
import type { Waiters } from '../../publish/waiters.ts';
import type { ConfigQuery } from './config-query.ts';

export interface SecondInstancePorts {
  readonly waiters: Waiters;
  readonly instances: InstanceConflicts;
  readonly judge: Judge;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Lets the instance pass that has the node's place. It also lets a query pass that names no instance and does
 * not wait, because that query only reads and does not take the place.
 *
 * @returns undefined for one that passes; otherwise it rejects with the ProblemError `instance_conflict`
 */
export function refuseSecondInstance(
  ports: SecondInstancePorts,
  nodeId: NodeId,
  { instanceId, waitMs }: ConfigQuery,
): Promise<never> | undefined {
  const running = ports.waiters.openInstance(nodeId, ports.clock.monotonicMs())?.instanceId;
  return running === undefined || running === instanceId || (instanceId === undefined && waitMs === 0)
    ? undefined
    : refuse(ports, nodeId, running, instanceId);
}

/**
 * Notes that two processes run with one identity and one instance id: a machine was copied while its agent
 * ran. Neither is refused, because nothing tells which one is the copy. The log entry names the instance
 * twice.
 */
export function noteCopy(ports: SecondInstancePorts, nodeId: NodeId, instanceId: string | undefined): void {
  if (instanceId === undefined) return;
  void note(ports, nodeId, instanceId, instanceId, 'a copy of a running agent takes part: revoke the node');
}

async function refuse(
  ports: SecondInstancePorts,
  nodeId: NodeId,
  running: string,
  instanceId: string | undefined,
): Promise<never> {
  await note(ports, nodeId, running, instanceId, 'a second agent with the same identity was refused');
  throw new ProblemError(
    problem('instance_conflict', 'another agent is running with this identity; stop one of them'),
    5,
  );
}

/** Remembers a conflict, and logs the first one of each minute. */
async function note(
  { instances, judge, clock, logger }: SecondInstancePorts,
  nodeId: NodeId,
  running: string,
  second: string | undefined,
  warning: string,
): Promise<void> {
  const conflict = { running, refused: second, seenAtMs: Math.floor(clock.nowMs()) };
  if (!instances.note(nodeId, conflict)) return;
  logger.warn({ [LogField.nodeId]: nodeId }, warning);
  // What follows from the conflict does not wait for the disk. If the disk fails, the judge has dealt with
  // it.
  await judge.run(noteInstanceConflict(nodeId, conflict)).catch(() => undefined);
}
