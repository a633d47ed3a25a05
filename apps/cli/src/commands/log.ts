// meshctl log: shows entries of the append-only log.

import type { LogEntryView, LogIdentity, LogPage } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { MAX_PAGE } from '../events/log-pages.ts';
import { wholeNumber } from '../options/options.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, type Session, withSession } from '../session/session.ts';

const DEFAULT_LIMIT = 100;

interface LogFlags {
  readonly from?: number;
  readonly limit?: number;
}

export function addLogCommand(program: Command, ports: Ports): void {
  const log = program
    .command('log')
    .description('log entries, oldest first: the newest ones, or those from an index onwards')
    .option(
      '--from <index>',
      'begin at this index (default: the one that shows the newest entries)',
      wholeNumber,
    )
    .option('--limit <n>', `at most this many, up to ${MAX_PAGE} (default: ${DEFAULT_LIMIT})`, wholeNumber)
    .action((flags: LogFlags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await readPage(flags, session), renderPage);
      }),
    );
  log
    .command('key')
    .description(
      'the name of the log and the keys that sign its heads, as witnesses are configured with them',
    )
    .action(asking(ports, (client) => client.logKey(), renderKey));
}

function renderKey({ origin, verifier_keys: keys }: LogIdentity): string {
  return renderFields([['origin', origin], ...keys.map((key): [string, string] => ['verifier key', key])]);
}

async function readPage({ from, limit = DEFAULT_LIMIT }: LogFlags, { client }: Session): Promise<LogPage> {
  if (limit < 1 || limit > MAX_PAGE)
    throw new CliError('usage', `--limit: give a number from 1 to ${MAX_PAGE}; read on with --from`);
  if (from !== undefined) return client.log({ from, limit });
  // The length of the log is needed to know where its newest entries begin.
  const { size } = await client.log({ from: 0, limit: 1 });
  return client.log({ from: Math.max(0, size - limit), limit });
}

function renderPage({ size, root_hash, entries }: LogPage): string {
  const head = renderFields([
    ['entries in all', String(size)],
    ['root hash', root_hash],
  ]);
  return entries.length === 0 ? head : `${renderLog(entries)}\n${head}`;
}

/** The fields that every entry has get columns. The fields of its type follow as JSON. */
export function renderLog(entries: readonly LogEntryView[]): string {
  const rows = entries.map(({ index, entry }) => {
    const { at, type, node_id, epoch_id, data, revealed } = entry;
    const shown = { ...asObject(data), ...asObject(revealed) };
    return [
      String(index),
      asText(at),
      asText(type),
      asText(node_id),
      asText(epoch_id),
      JSON.stringify(shown),
    ];
  });
  return renderTable(['INDEX', 'AT', 'TYPE', 'NODE', 'EPOCH', 'DATA'], rows);
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '-';
}
