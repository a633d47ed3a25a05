// Says in the controller's log what has happened. A benchmark that only keeps its node where it is, is no
// news.

import { LogField, type Logger } from '@mesh/host';
import type { MeshEvent } from '@mesh/membership';
import { describeReason } from '@mesh/scoring';

/** Call it for each event that is on disk. */
export function noteEvent(logger: Logger, event: MeshEvent): void {
  switch (event.type) {
    case 'benchmark_accepted':
      return;
    case 'node_denied':
    case 'node_admitted':
    case 'node_declining':
    case 'node_recovered':
    case 'probation_began':
      logger.info(
        {
          [LogField.nodeId]: event.nodeId,
          [LogField.epochId]: event.epochId,
          [LogField.code]: event.reason.code,
        },
        `${event.type.replace('_', ' ')}: ${describeReason(event.reason)}`,
      );
      return;
    case 'brake_engaged':
      logger.error(
        { [LogField.reason]: event.cause },
        `the brake is on: one cause has cut ${event.cut} nodes within ${event.settings.windowMs / 1000} s and may cut ${event.cap}, with ${event.admitted} nodes still in; further nodes are held in, limited, for ${event.settings.holdMs / 1000} s at most. Correct the policy or the suite, or decide with: meshctl brake cut|release`,
      );
      return;
    case 'node_held':
      logger.warn(
        { [LogField.nodeId]: event.nodeId, [LogField.code]: event.reason.code },
        `node held by the brake: ${describeReason(event.reason)}`,
      );
      return;
    case 'messages_rejected': {
      const count = event.refusals.reduce((sum, each) => sum + each.count, 0);
      logger.warn({ [LogField.nodeId]: event.nodeId, [LogField.count]: count }, 'messages rejected');
      return;
    }
    case 'message_rejected':
      logger.warn({ [LogField.nodeId]: event.nodeId, [LogField.code]: event.code }, 'message rejected');
      return;
    case 'epoch_opened':
      logger.info(
        { [LogField.epochId]: event.epochId, [LogField.count]: event.admittedCount },
        `epoch opened (${event.cause})`,
      );
      return;
    case 'policy_changed': {
      const text = `policy version ${event.version} accepted, to apply ${event.applies === 'at_once' ? 'at once' : 'at the next boundary'}`;
      const isWeaker = event.weaker.length > 0;
      logger[isWeaker ? 'warn' : 'info'](
        { [LogField.version]: event.version, [LogField.reason]: event.why },
        isWeaker ? `${text}; it is weaker: ${event.weaker.join('; ')}` : text,
      );
      return;
    }
    case 'policy_applied':
      logger.info({ [LogField.epochId]: event.epochId }, `policy version ${event.version} is in force`);
      return;
    default:
      logger.info(
        'nodeId' in event && event.nodeId !== undefined ? { [LogField.nodeId]: event.nodeId } : {},
        event.type,
      );
  }
}
