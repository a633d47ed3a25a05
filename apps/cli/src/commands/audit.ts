// meshctl audit: looks for entries of the log, and follows it. What proves and exports is in files of its
// own.

import { formatRfc3339 } from '@mesh/primitives';
import type { LogEntryView, LogQuery } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { logPages, MAX_PAGE } from '../events/log-pages.ts';
import { duration, wholeNumber } from '../options/options.ts';
import type { Ports } from '../ports/ports.ts';
import { renderJsonLine, type Session, withSession } from '../session/session.ts';
import { addExportCommand } from './audit-export.ts';
import { followLog } from './audit-follow.ts';
import { addProofCommands } from './audit-proof.ts';
import { renderLog } from './log.ts';

const DEFAULT_LIMIT = 20;
/** How many of the newest entries `tail` looks at for those that fit a filter. */
const TAIL_SEARCHED = 4_000;

interface Filters {
  readonly node?: string;
  readonly type?: string;
}

/** How entries are shown, and which of them. */
export interface Shown {
  readonly fits: (view: LogEntryView) => boolean;
  readonly text: (views: readonly LogEntryView[]) => string;
  /** A line of --json. */
  readonly line: (view: LogEntryView) => object;
  /** The document of --json. */
  readonly document: (views: readonly LogEntryView[]) => object;
}

const AS_ENTRIES: Shown = {
  fits: () => true,
  text: renderLog,
  line: (view) => view,
  document: (views) => views,
};

export interface TailFlags extends Filters {
  readonly limit?: number;
  readonly follow?: boolean;
}

interface SearchFlags extends Filters {
  readonly from?: number;
  readonly since?: number;
  readonly limit?: number;
}

export function addAuditCommands(program: Command, ports: Ports): void {
  const audit = program
    .command('audit')
    .description('entries of the log: the newest, as they come, or by what they are');
  filtered(audit.command('tail'))
    .description(
      'the newest entries, and with --follow every later one until it is interrupted, also when the controller is restarted',
    )
    .option('--follow', 'go on; with --json one document a line')
    .option('--limit <n>', `begin with at most this many (default: ${DEFAULT_LIMIT})`, wholeNumber)
    .action((flags: TailFlags, command: Command) =>
      withSession(command, ports, (session) => tailLog(flags, session, AS_ENTRIES)),
    );
  filtered(audit.command('search'))
    .description('entries that fit, oldest first')
    .option('--from <index>', 'begin at this index (default: 0)', wholeNumber)
    .option('--since <duration>', 'only entries of this last time, such as 2h or 7d', duration)
    .option('--limit <n>', `at most this many, up to ${MAX_PAGE} (default: ${DEFAULT_LIMIT})`, wholeNumber)
    .action((flags: SearchFlags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await search(flags, session), renderLog);
      }),
    );
  addProofCommands(audit, ports);
  addExportCommand(audit, ports);
}

export function filtered(command: Command): Command {
  return command
    .option('--node <id>', 'only entries about this node')
    .option('--type <type>', 'only entries of this type, such as node_denied');
}

/** Shows the newest entries that fit, and with `follow` every later one. */
export async function tailLog(
  { node, type, limit = DEFAULT_LIMIT, follow }: TailFlags,
  session: Session,
  { fits, text, line, document }: Shown,
): Promise<void> {
  const { client, ports, json } = session;
  const { size } = await client.log({ from: 0, limit: 1 });
  // Where every entry fits, those that are shown are enough.
  const fitsAll = node === undefined && type === undefined && fits === AS_ENTRIES.fits;
  const searched = fitsAll ? Math.min(limit, TAIL_SEARCHED) : TAIL_SEARCHED;
  const from = Math.max(0, size - searched);
  const found = await searchFrom({ from, node, type }, session);
  const newest = limit === 0 ? [] : found.entries.filter(fits).slice(-limit);
  if (follow !== true) return session.result(document(newest), () => text(newest));
  const show = (view: LogEntryView): void => {
    if (fits(view)) ports.writeOut(json ? renderJsonLine(line(view)) : text([view]));
  };
  newest.forEach(show);
  return followLog({ from: found.next, node, type }, session, show);
}

async function search(
  { from = 0, since, limit = DEFAULT_LIMIT, node, type }: SearchFlags,
  session: Session,
): Promise<readonly LogEntryView[]> {
  if (limit < 1 || limit > MAX_PAGE)
    throw new CliError('usage', `--limit: give a number from 1 to ${MAX_PAGE}; read on with --from`);
  const after = since === undefined ? undefined : formatRfc3339(session.ports.nowMs() - since * 1_000);
  return (await searchFrom({ from, node, type, since: after }, session, limit)).entries;
}

async function searchFrom(
  query: LogQuery & { readonly from: number },
  { client }: Session,
  limit?: number,
): Promise<{ readonly entries: readonly LogEntryView[]; readonly next: number }> {
  const entries: LogEntryView[] = [];
  let next = query.from;
  for await (const page of logPages(client, query, limit)) {
    entries.push(...page.entries);
    next = page.next;
  }
  return { entries, next };
}
