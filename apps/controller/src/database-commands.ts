// The commands of mesh-controller for a database as a whole, while no controller uses it or beside one.

import { systemClock } from '@mesh/host';
import { type Command, InvalidArgumentError } from 'commander';
import { type Restored, restoreBackup } from './restore.ts';
import type { ControllerConfig } from './settings/config.ts';

export interface DatabaseCommandPorts {
  /** Adds the options of the settings to a command. */
  readonly withSettings: (command: Command) => Command;
  /** The configuration that the options of the settings name. */
  readonly load: (flags: Readonly<Record<string, unknown>>) => ControllerConfig;
  readonly print: (text: string) => void;
}

export function addDatabaseCommands(
  root: Command,
  { withSettings, load, print }: DatabaseCommandPorts,
): void {
  withSettings(
    root
      .command('restore')
      .description(
        'put a backup (meshctl backup) in the place of the database while the controller is down; it does not go back behind entries of the log that are known, unless that is allowed',
      )
      .argument('<file>', 'the backup'),
  )
    .option('--checkpoint <file>', 'a checkpoint of the log that was seen; can be given again', collect, [])
    .option('--request <file>', "the officers' request to lose entries; written if it is not there")
    .option('--lose <entries>', 'lose so many entries, where there are no officers', wholeNumber)
    .option('--json', 'print the result as JSON')
    .action(
      (
        file: string,
        { checkpoint, request, lose, json, ...flags }: Record<string, unknown> & { checkpoint: string[] },
      ) => {
        const options = {
          file,
          checkpoints: checkpoint,
          requestFile: request as string | undefined,
          lose: lose as number | undefined,
        };
        const done = restoreBackup(load(flags), options, systemClock);
        print(json === true ? JSON.stringify(done) : describeRestored(done));
      },
    );
}

function describeRestored(done: Restored): string {
  return [
    `database    ${done.database}`,
    `made at     ${done.madeAt}`,
    `log         ${done.logSize} entries, root ${done.rootHash}`,
    `lost        ${done.lostEntries === 0 ? 'no entry that is known' : `${done.lostEntries} entries that were known${done.signedBy.length === 0 ? '' : `, as ${done.signedBy.join(' and ')} signed`}`}`,
    ...(done.kept === null ? [] : [`kept        ${done.kept}: remove it when it is no longer needed`]),
    ...(done.notCompared === null ? [] : [`beware      ${done.notCompared}`]),
    `next        mesh-controller serve, then restart the agents`,
  ].join('\n');
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('give a whole number.');
  return Number(text);
}
