// meshctl log-key: puts other keys in the place of those that sign the heads of the log, step by step.

import type { LogKeyStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { REASON_OPTION } from '../options/options.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking } from '../session/session.ts';

export function addLogKeyCommands(program: Command, ports: Ports): void {
  const logKey = program
    .command('log-key')
    .description("the keys that sign the log's heads: put others in their place while both sign");
  logKey
    .command('status')
    .description('the keys by their ids, and which witnesses have not taken the next ones')
    .action(asking(ports, (client) => client.logKeyStatus(), render));
  logKey
    .command('prepare')
    .description('make other keys, which sign every head as well from now on')
    .requiredOption(...REASON_OPTION)
    .action(
      asking(ports, (client, { reason }: { reason: string }) => client.prepareLogKey({ reason }), render),
    );
  logKey
    .command('finish')
    .description('end the keys that signed before, and destroy them')
    .requiredOption(...REASON_OPTION)
    .option('--force', 'also if witnesses have not taken the next keys: they cosign no more until they do')
    .action(
      asking(
        ports,
        (client, { reason, force = false }: { reason: string; force?: boolean }) =>
          client.finishLogKey({ reason, force }),
        render,
      ),
    );
  logKey
    .command('abort')
    .description('drop the next keys, and destroy them')
    .requiredOption(...REASON_OPTION)
    .action(
      asking(ports, (client, { reason }: { reason: string }) => client.abortLogKey({ reason }), render),
    );
}

function render({ present, next, is_published, not_confirmed: missing }: LogKeyStatus): string {
  const signing = rows('signs', present);
  if (next === null) return renderFields(signing);
  return renderFields([
    ...signing,
    ...rows('next key', next),
    [
      'published head',
      is_published ? 'bears the signatures of both' : 'does not bear those of the next keys yet',
    ],
    ['not confirmed', missing.length === 0 ? 'none' : missing.join(', ')],
    ['next', adviceFor(is_published, missing)],
  ]);
}

function adviceFor(isPublished: boolean, missing: readonly string[]): string {
  if (!isPublished) return 'wait for the next head of the log';
  if (missing.length > 0)
    return 'give these witnesses the keys that meshctl log key shows, and wait for the next head';
  return 'once all who check the log have the next keys: meshctl log-key finish --reason TEXT';
}

/** A key's name and id: its text has up to 1,800 characters. */
const rows = (name: string, keys: readonly string[]): [string, string][] =>
  keys.map((key) => [name, key.slice(0, key.lastIndexOf('+'))]);
