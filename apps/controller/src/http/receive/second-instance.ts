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
 * @throws ProblemError `instance_conflict`
 */
export async function refuseSecondInstance(
  { waiters, instances, judge, clock, logger }: SecondInstancePorts,
  nodeId: NodeId,
  { instanceId, waitMs }: ConfigQuery,
): Promise<void> {
  const open = waiters.openInstance(nodeId, clock.monotonicMs());
  if (
    open?.instanceId === undefined ||
    open.instanceId === instanceId ||
    (instanceId === undefined && waitMs === 0)
  )
    return;
  const conflict = {
    running: open.instanceId,
    refused: instanceId,
    seenAtMs: Math.floor(clock.nowMs()),
  };
  if (instances.note(nodeId, conflict)) {
    logger.warn({ [LogField.nodeId]: nodeId }, 'a second agent with the same identity was refused');
    // The second agent is refused even if the disk fails, which the judge has dealt with.
    await judge.run(noteInstanceConflict(nodeId, conflict)).catch(() => undefined);
  }
  throw new ProblemError(
    problem('instance_conflict', 'another agent is running with this identity; stop one of them'),
    5,
  );
}
