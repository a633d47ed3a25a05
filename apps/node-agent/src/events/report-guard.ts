// Reports changes of the guard and the host rules to the journal and the log.

import { LogField, type Logger } from '@mesh/host';
import type { GuardNote } from '@mesh/wg-device';
import type { RecordEvent } from './agent-events.ts';

export function reportGuard(record: RecordEvent, logger: Logger): (note: GuardNote) => void {
  return (note) => {
    switch (note.kind) {
      case 'failed':
        record({ type: 'guard_failed', code: note.code, message: note.message });
        logger.error(
          { [LogField.code]: note.code, [LogField.reason]: note.message },
          'the guard could not be changed; trying again',
        );
        return;
      case 'recovered':
        record({ type: 'guard_recovered' });
        logger.info('the guard is in force again');
        return;
      case 'altered':
        record({ type: 'guard_altered' });
        logger.warn('the guard was changed by somebody else; it is written again');
    }
  };
}

export function reportHostRulesAltered(record: RecordEvent, logger: Logger): () => void {
  return () => {
    record({ type: 'host_rules_altered' });
    logger.warn('the host rules were changed by somebody else; they are written again');
  };
}
