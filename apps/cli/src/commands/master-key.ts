// meshctl master-key: puts another key in the place of the one that seals the controller's database.

import type { MasterKeyStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { REASON_OPTION } from '../options/options.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking } from '../session/session.ts';

export function addMasterKeyCommands(program: Command, ports: Ports): void {
  const masterKey = program
    .command('master-key')
    .description('the key that seals the database: put another one in its place while the controller runs');
  masterKey
    .command('status')
    .description('whether everything is being sealed again, and how far that is')
    .action(asking(ports, (client) => client.masterKeyStatus(), render));
  masterKey
    .command('rotate')
    .description('make another key and seal everything again under it; goes on if that has stopped')
    .requiredOption(...REASON_OPTION)
    .action(
      asking(ports, (client, { reason }: { reason: string }) => client.rotateMasterKey({ reason }), render),
    );
}

const NEXT: Readonly<Record<MasterKeyStatus['status'], string>> = {
  idle: 'keep a copy of the key file away from the database, if it is new',
  running: 'see how far it is: meshctl master-key status',
  stopped: "the controller's log says why; then again: meshctl master-key rotate --reason TEXT",
};

function render({ status, sealed_again: done, total }: MasterKeyStatus): string {
  return renderFields([
    ['rotation', status],
    ['sealed again', `${done} of ${total}`],
    ['next', NEXT[status]],
  ]);
}
