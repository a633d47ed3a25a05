// meshctl brake: shows whom the safety brake holds in, and decides about them before their time.

import type { BrakeStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { duration, REASON_OPTION } from '../options/options.ts';
import { renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking } from '../session/session.ts';

export function addBrakeCommands(program: Command, ports: Ports): void {
  const brake = program
    .command('brake')
    .description('the safety brake: nodes that the policy denies and that are held in, limited, for a while');
  brake
    .command('status')
    .description('whom the brake holds, since when, until when and why')
    .action(asking(ports, (client) => client.brake(), render));
  brake
    .command('cut')
    .description('cut every held node now')
    .requiredOption(...REASON_OPTION)
    .action(
      asking(
        ports,
        (client, { reason }: { reason: string }) => client.endBrake({ decision: 'cut', reason }),
        render,
      ),
    );
  brake
    .command('release')
    .description('keep every held node in without a limit while you correct the policy or the suite')
    .requiredOption(...REASON_OPTION)
    .option('--for <time>', 'how long at most: 30m, 1h, at most 24h', duration, 3_600)
    .action(
      asking(
        ports,
        (client, { reason, for: seconds }: { reason: string; for: number }) =>
          client.endBrake({ decision: 'release', reason, for_seconds: seconds }),
        render,
      ),
    );
}

function render({ settings, held }: BrakeStatus): string {
  const { share, at_least: atLeast, window_seconds: window, hold_seconds: hold } = settings;
  const rule = `the brake holds nodes for ${hold} s once one cause denies at least ${atLeast} nodes and more than ${Math.round(share * 100)} % of the mesh within ${window} s`;
  if (held.length === 0) return `no node is held; ${rule}\n`;
  return renderTable(
    ['NODE', 'CAUSE', 'SINCE', 'UNTIL', 'LIMITED', 'WHY'],
    held.map((node) => [
      node.node_id,
      node.cause,
      node.held_since,
      node.until,
      node.limited ? 'yes' : 'no',
      node.reason,
    ]),
  );
}
