// Reports other routes and addresses within the overlay to the journal and the log.

import { LogField, type Logger } from '@mesh/host';
import type { RouteOverlap } from '../plan/route-overlaps.ts';
import type { RecordEvent } from './agent-events.ts';

const FOUND: Record<RouteOverlap['handled'], string> = {
  'host-routes':
    'something else on this host takes a part of the overlay; each peer has a route of its own into the tunnel',
  refused:
    'something else on this host takes a part of the overlay: nobody is let onto the interface; remove it, or set routes.overlap to host-routes',
  leaking:
    'what is sent to these peers would leave by another way, in the clear: they are kept off the interface; remove that route, address or rule',
};

export interface ReportOverlapsPorts {
  readonly record: RecordEvent;
  readonly logger: Logger;
  /** Called after each report, because an overlap that is refused or leaks is a trouble of the tunnel. */
  readonly changed: () => void;
}

export function reportOverlaps({ record, logger, changed }: ReportOverlapsPorts) {
  const log = (level: 'info' | 'warn' | 'error', overlap: RouteOverlap, text: string) =>
    logger[level](
      {
        [LogField.interfaceName]: overlap.interfaceName ?? null,
        [LogField.prefix]: overlap.prefix,
        [LogField.reason]: overlap.kind,
        [LogField.table]: overlap.table,
        [LogField.since]: new Date(overlap.sinceMs).toISOString(),
        ...(overlap.peers.length === 0 ? {} : { [LogField.peerIds]: overlap.peers }),
      },
      text,
    );
  return {
    found(overlap: RouteOverlap): void {
      record({ type: 'overlap_found', overlap });
      log(overlap.handled === 'host-routes' ? 'warn' : 'error', overlap, FOUND[overlap.handled]);
      changed();
    },
    gone(overlap: RouteOverlap): void {
      record({ type: 'overlap_gone', overlap });
      log('info', overlap, 'what took a part of the overlay is gone');
      changed();
    },
  };
}
