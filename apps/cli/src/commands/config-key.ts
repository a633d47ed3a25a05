// meshctl config-key: puts another key in the place of the one that signs configs, step by step.

import type { ConfigKeyStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { duration, REASON_OPTION } from '../options/options.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking } from '../session/session.ts';

export function addConfigKeyCommands(program: Command, ports: Ports): void {
  const configKey = program
    .command('config-key')
    .description('the key that signs configs: put another one in its place while agents trust both');
  configKey
    .command('status')
    .description('the keys, and which nodes have not confirmed the next one')
    .action(asking(ports, (client) => client.configKeyStatus(), render));
  configKey
    .command('prepare')
    .description('make another key and tell the nodes of it, signed with the present one')
    .requiredOption(...REASON_OPTION)
    .option('--after <time>', 'how long until it may sign: 90s, 10m, 1h, at most 30d', duration, 600)
    .action(
      asking(
        ports,
        (client, { reason, after }: { reason: string; after: number }) =>
          client.prepareConfigKey({ reason, delay_seconds: after }),
        render,
      ),
    );
  configKey
    .command('switch')
    .description('sign configs with the next key; nodes trust the one before as well until the end')
    .requiredOption(...REASON_OPTION)
    .option(
      '--force',
      'also if nodes have not confirmed it: agents that know no such change lose their lease',
    )
    .action(
      asking(
        ports,
        (client, { reason, force = false }: { reason: string; force?: boolean }) =>
          client.switchConfigKey({ reason, force }),
        render,
      ),
    );
  configKey
    .command('finish')
    .description('end the key that signed before the switch, and destroy it')
    .requiredOption(...REASON_OPTION)
    .action(
      asking(ports, (client, { reason }: { reason: string }) => client.finishConfigKey({ reason }), render),
    );
  configKey
    .command('abort')
    .description('before the switch: drop the next key, and destroy it')
    .requiredOption(...REASON_OPTION)
    .action(
      asking(ports, (client, { reason }: { reason: string }) => client.abortConfigKey({ reason }), render),
    );
}

function render(status: ConfigKeyStatus): string {
  const { config_key: key, next_config_key: next, previous_config_key: previous, next_from: from } = status;
  const missing = status.not_confirmed.length === 0 ? 'none' : status.not_confirmed.join(', ');
  if (previous !== null)
    return renderFields([
      ['signs', key],
      ['before', previous],
      ['not confirmed', missing],
      ['next', 'end the key before: meshctl config-key finish --reason TEXT'],
    ]);
  if (next === null) return renderFields([['signs', key]]);
  return renderFields([
    ['signs', key],
    ['next key', next],
    ['may sign from', from ?? 'unknown'],
    ['not confirmed', missing],
    [
      'next',
      status.not_confirmed.length === 0
        ? 'once it may sign: meshctl config-key switch --reason TEXT'
        : 'wait until these nodes have confirmed it, then: meshctl config-key switch --reason TEXT',
    ],
  ]);
}
