// meshctl events: what happens in the mesh, as lines for people. meshctl audit tail shows the same entries
// with everything in them.

import type { Command } from 'commander';
import { eventOf, renderEvents } from '../events/event-lines.ts';
import { isRoutine } from '../events/newest-events.ts';
import { wholeNumber } from '../options/options.ts';
import type { Ports } from '../ports/ports.ts';
import { withSession } from '../session/session.ts';
import { filtered, type TailFlags, tailLog } from './audit.ts';

type EventFlags = TailFlags & { readonly all?: boolean };

export function addEventsCommand(program: Command, ports: Ports): void {
  filtered(program.command('events'))
    .description('what has happened, the newest last, and with --follow what happens until it is interrupted')
    .option('--follow', 'go on; with --json one document a line')
    .option('--all', 'also what comes with every result, report and config')
    .option('--limit <n>', 'begin with at most this many (default: 20)', wholeNumber)
    .action((flags: EventFlags, command: Command) =>
      withSession(command, ports, (session) =>
        tailLog(flags, session, {
          fits: (view) => flags.all === true || flags.type !== undefined || !isRoutine(view),
          text: (views) => renderEvents(views.map(eventOf)),
          line: eventOf,
          document: (views) => ({ schema_version: 1, events: views.map(eventOf) }),
        }),
      ),
    );
}
