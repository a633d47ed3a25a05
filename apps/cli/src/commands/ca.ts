// meshctl ca: puts another CA in the place of the present one, in two steps.

import type { CaStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { REASON_OPTION } from '../options.ts';
import type { Ports } from '../ports.ts';
import { withSession } from '../session.ts';
import { renderFields } from '../table.ts';

export function addCaCommands(program: Command, ports: Ports): void {
  const ca = program
    .command('ca')
    .description("the mesh's CA: put another one in its place, with a time in which both are trusted");
  ca.command('status')
    .description('the pins, and which nodes are not ready for the next CA')
    .action((_flags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.caStatus(), render);
      }),
    );
  ca.command('rotate')
    .description('make another CA; nodes get certificates of it when they renew theirs')
    .requiredOption(...REASON_OPTION)
    .action((flags: { reason: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.rotateCa({ reason: flags.reason }), render);
      }),
    );
  ca.command('finish')
    .description('trust the next CA only, and destroy the key of the present one')
    .requiredOption(...REASON_OPTION)
    .option('--force', 'also if nodes are not ready: they have to enrol again')
    .action((flags: { reason: string; force?: boolean }, command: Command) =>
      withSession(command, ports, async (session) => {
        const asked = { reason: flags.reason, force: flags.force === true };
        session.result(await session.client.finishCa(asked), render);
      }),
    );
}

function render({ ca_pin: pin, next_ca_pin: next, not_ready: notReady }: CaStatus): string {
  if (next === null) return renderFields([['pin', pin]]);
  return renderFields([
    ['pin', pin],
    ['next pin', next],
    ['not ready', notReady.length === 0 ? 'none' : notReady.join(', ')],
    [
      'next',
      notReady.length === 0
        ? 'end the present CA: meshctl ca finish --reason TEXT'
        : 'wait until these nodes have renewed their certificates, then: meshctl ca finish --reason TEXT',
    ],
  ]);
}
