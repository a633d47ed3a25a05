// meshctl ca: puts another CA in the place of the present one, in two steps.

import type { CaStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { REASON_OPTION } from '../options/options.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking } from '../session/session.ts';

export function addCaCommands(program: Command, ports: Ports): void {
  const ca = program
    .command('ca')
    .description("the mesh's CA: put another one in its place, with a time in which both are trusted");
  ca.command('status')
    .description('the pins, and which nodes are not ready for the next CA')
    .action(asking(ports, (client) => client.caStatus(), render));
  ca.command('rotate')
    .description('make another CA; nodes get certificates of it when they renew theirs')
    .requiredOption(...REASON_OPTION)
    .action(asking(ports, (client, { reason }: { reason: string }) => client.rotateCa({ reason }), render));
  ca.command('finish')
    .description('trust the next CA only, and destroy the key of the present one')
    .requiredOption(...REASON_OPTION)
    .option('--force', 'also if nodes are not ready: they have to enrol again')
    .action(
      asking(
        ports,
        (client, { reason, force = false }: { reason: string; force?: boolean }) =>
          client.finishCa({ reason, force }),
        render,
      ),
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
