// The commands of mesh-controller for a database as a whole: verify and restore.

import { systemClock } from '@mesh/host';
import { type Command, InvalidArgumentError } from 'commander';
import { ControllerError } from './errors/controller-error.ts';
import { type Restored, restoreBackup } from './restore.ts';
import type { ControllerConfig } from './settings/config.ts';
import type { VerifyStep } from './store/verify/verify-database.ts';
import { askWitnessesOf, type ComparedVerification, verifyDatabaseOf } from './verify.ts';

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
      .command('verify')
      .description(
        'verify the whole database, beside a controller or without one: its pages, the log against every signed head, the details against the log, the rows against the log',
      ),
  )
    .option('--checkpoint <file>', 'a checkpoint of the log that was seen; can be given again', collect, [])
    .option(
      '--ask-witnesses',
      'also compare with the newest heads that the witnesses of log.witnesses have cosigned, over the network',
    )
    .option('--json', 'print the result as JSON')
    .action(async (options: Record<string, unknown> & { checkpoint: string[] }) => {
      const { checkpoint, askWitnesses, json, ...flags } = options;
      const config = load(flags);
      const { heads, silent } =
        askWitnesses === true ? await askWitnessesOf(config) : { heads: [], silent: [] };
      const notCompared = silent.map(({ url, why }) => `the witness ${url} has shown no head: ${why}`);
      const done = { ...verifyDatabaseOf(config, checkpoint, showProgress(), heads), notCompared };
      print(json === true ? JSON.stringify(done) : describeVerified(done));
      if (done.faults.length > 0)
        throw new ControllerError(
          'failed',
          `${done.faults.length === 1 ? 'one thing is' : `${done.faults.length} things are`} not as they were written: restore a backup (docs/operations.md, Backup), and find out who can write to the disk`,
        );
      if (notCompared.length > 0)
        throw new ControllerError(
          'failed',
          'not every witness has shown a head: make them reachable, or leave --ask-witnesses away',
        );
    });
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
    .option(
      '--without-witness <url>',
      'restore although this witness of log.witnesses shows no head; can be given again',
      collect,
      [],
    )
    .option('--json', 'print the result as JSON')
    .action(
      async (
        file: string,
        {
          checkpoint,
          request,
          lose,
          withoutWitness,
          json,
          ...flags
        }: Record<string, unknown> & { checkpoint: string[] },
      ) => {
        const options = {
          file,
          checkpoints: checkpoint,
          requestFile: request as string | undefined,
          lose: lose as number | undefined,
          withoutWitnesses: withoutWitness as string[],
        };
        const done = await restoreBackup(load(flags), options, systemClock);
        print(json === true ? JSON.stringify(done) : describeRestored(done));
      },
    );
}

function describeVerified({
  faults,
  logSize,
  rootHash,
  detailsChecked,
  detailsAbsent,
  comparedWith,
  notCompared,
}: ComparedVerification & { readonly notCompared: readonly string[] }): string {
  return [
    ...faults.map((fault) => `fault       ${fault}`),
    `log         ${logSize} entries, root ${rootHash}`,
    `details     ${detailsChecked} fit their entries, ${detailsAbsent} are erased`,
    ...comparedWith.map((what) => `compared    with ${what}${faults.length === 0 ? ': consistent' : ''}`),
    ...(comparedWith.length === 0
      ? ['beware      not compared with a head that a witness has cosigned, or that was kept elsewhere']
      : []),
    ...notCompared.map((what) => `beware      not compared: ${what}`),
    ...(faults.length === 0 ? ['verified    everything is as it was written'] : []),
  ].join('\n');
}

/** One line at a terminal, which is written again and again; nothing elsewhere. */
function showProgress(): ((step: VerifyStep, done: number, total: number) => void) | undefined {
  if (process.stderr.isTTY !== true) return undefined;
  return (step, done, total) => {
    const share = total === 0 ? 1 : done / total;
    const bar = '#'.repeat(Math.floor(share * 40)).padEnd(40, '.');
    const isOver = step === 'log' && done === total;
    process.stderr.write(isOver ? '\r\u001b[K' : `\r${step.padEnd(6)} ${bar} ${Math.floor(share * 100)} %`);
  };
}

function describeRestored(done: Restored): string {
  return [
    `database    ${done.database}`,
    `made at     ${done.madeAt}`,
    `log         ${done.logSize} entries, root ${done.rootHash}`,
    `lost        ${done.lostEntries === 0 ? 'no entry that is known' : `${done.lostEntries} entries that were known${done.signedBy.length === 0 ? '' : `, as ${done.signedBy.join(' and ')} signed`}`}`,
    ...(done.kept === null ? [] : [`kept        ${done.kept}: remove it when it is no longer needed`]),
    ...done.comparedWith.map((what) => `compared    with ${what}`),
    ...done.notCompared.map((what) => `beware      not compared: ${what}`),
    `next        mesh-controller serve, then restart the agents`,
  ].join('\n');
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('give a whole number.');
  return Number(text);
}
