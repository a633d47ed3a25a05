// Makes what watches the log of the controller.

import { defined } from '@mesh/primitives';
import type { ControlHandlers } from '../control/control-server.ts';
import { AgentError } from '../errors/agent-error.ts';
import { LogWatch } from '../log/log-watch.ts';
import { headStatus } from '../status/log-status.ts';
import type { AgentParts } from './agent-parts.ts';
import type { AgentSignals } from './agent-signals.ts';

export function openLog(parts: AgentParts, signals: AgentSignals): LogWatch {
  const { enrolment, logFiles, journal, clock, logger } = parts;
  const { mesh_id: meshId, node_id: nodeId, log: identity } = enrolment.current;
  return new LogWatch({
    meshId,
    nodeId,
    identity,
    held: logFiles.head,
    storeIdentity: (log) => enrolment.update({ log }),
    storeHead: logFiles.storeHead,
    keepEvidence: logFiles.keepEvidence,
    record: journal.record,
    changed: () => signals.troubleChanged.emit(),
    nowMs: () => Math.floor(clock.nowMs()),
    ...defined({ verify: parts.verify }),
    logger,
  });
}

/**
 * The answer to `mesh-agent log accept`. The next config is judged against that head, and asked for at once.
 */
export function acceptLogHead(log: LogWatch, signals: AgentSignals): ControlHandlers['acceptLogHead'] {
  return async (accepted) => {
    const before = log.held;
    if (!(await log.acceptFromOperator({ size: accepted.size, rootHash: accepted.root_hash })))
      throw new AgentError(
        'failed',
        'this agent does not know the log of its controller yet: it learns it with its first config',
      );
    signals.refetchWanted.emit();
    return { before: before === undefined ? null : headStatus(before), accepted };
  };
}
