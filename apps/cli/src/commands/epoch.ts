// meshctl epoch: shows the epoch in force and who is in it, and opens a new epoch early.

import type { EpochStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { paintMembership } from '../output/membership-colours.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, type Session } from '../session/session.ts';

export function addEpochCommands(program: Command, ports: Ports): void {
  const epoch = program.command('epoch').description('epochs: the keys in force');
  epoch
    .command('status')
    .description('the epoch in force and who is in it')
    .action(asking(ports, (client) => client.epoch(), renderStatus));
  epoch
    .command('rotate')
    .description(
      'open the next epoch now, unless one is published already: it takes effect one lead later, and no packet is lost',
    )
    .action(
      asking(
        ports,
        (client) => client.rotate(),
        ({ epoch_id, activate_at }) =>
          renderFields([
            ['next epoch', String(epoch_id)],
            ['takes effect', activate_at],
          ]),
      ),
    );
}

function renderStatus(status: EpochStatus, { paint }: Session): string {
  const nodes = Object.entries(status.nodes);
  const allowed = nodes.filter(([, { membership }]) => membership === 'ALLOWED').length;
  const facts = renderFields([
    ['epoch', String(status.epoch_id)],
    ['ends', status.expiry_utc],
    ['commitment', status.secret_hash],
    ['nodes', `${nodes.length}, of which ${allowed} allowed`],
  ]);
  if (nodes.length === 0) return facts;
  const rows = nodes.map(([id, { membership, reason }]) => [id, paintMembership(membership, paint), reason]);
  return `${facts}\n${renderTable(['NODE', 'MEMBERSHIP', 'REASON'], rows)}`;
}
