// meshctl maintenance: makes leases last longer before planned work, with an officer's signature.

import { formatRfc3339 } from '@mesh/primitives';
import { type MaintenanceMessage, type MaintenanceStatus, signMessage } from '@mesh/protocol';
import type { Command } from 'commander';
import { readOfficerKey } from '../officers/officer-key.ts';
import { uuidFrom } from '../officers/uuid.ts';
import { duration, REASON_OPTION } from '../options/options.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, withSession } from '../session/session.ts';

/** How long a signed request is valid. The controller is on this machine, so it arrives at once. */
const REQUEST_LIFETIME_MS = 60_000;

interface StartFlags {
  readonly for: number;
  readonly reason: string;
  readonly key: string;
}

export function addMaintenanceCommands(program: Command, ports: Ports): void {
  const maintenance = program
    .command('maintenance')
    .description('planned work on the controller: leases that last until it is over');
  maintenance
    .command('start')
    .description("make leases last longer from now on, with an officer's signature; nodes are told at once")
    .requiredOption('--for <time>', 'how long: 90s, 30m, 1h, at most 24h', duration)
    .requiredOption(...REASON_OPTION)
    .requiredOption('--key <file>', "an officer's key, from: meshctl officers keygen")
    .action((flags: StartFlags, command: Command) =>
      withSession(command, ports, async (session) => {
        const seed = readOfficerKey(flags.key, ports);
        try {
          const { mesh_id } = await session.client.maintenance();
          const request = requestFor(mesh_id, flags, ports);
          const signed = signMessage('maintenance', request, seed);
          session.result(await session.client.startMaintenance(signed), render);
        } finally {
          seed.fill(0);
        }
      }),
    );
  maintenance
    .command('end')
    .description('return leases to their usual length; nodes are told at once')
    .action(asking(ports, (client) => client.endMaintenance(), render));
  maintenance
    .command('status')
    .description('whether leases last longer now, until when, and who signed for it')
    .action(asking(ports, (client) => client.maintenance(), render));
}

function requestFor(
  meshId: MaintenanceStatus['mesh_id'],
  flags: StartFlags,
  ports: Ports,
): Omit<MaintenanceMessage, 'signature'> {
  const nowMs = Math.floor(ports.nowMs());
  return {
    mesh_id: meshId,
    request_id: uuidFrom(ports.randomBytes(16)),
    timestamp: formatRfc3339(nowMs),
    expires_at: formatRfc3339(nowMs + REQUEST_LIFETIME_MS),
    reason: flags.reason,
    until: formatRfc3339(nowMs + flags.for * 1000),
  };
}

function render({ window, lease_seconds }: MaintenanceStatus): string {
  return window === null
    ? `no maintenance is under way; a lease lasts ${lease_seconds} s\n`
    : renderFields([
        ['maintenance until', window.until],
        ['leases last', `until then and ${lease_seconds} s longer`],
        ['since', window.started_at],
        ['signed by', window.officer],
        ['reason', window.reason],
        ['request', window.request_id],
      ]);
}
