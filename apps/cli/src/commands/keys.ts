// meshctl keys: makes, lists and ends API keys, with which people and programs administer the mesh over the
// network.

import { defined } from '@mesh/primitives';
import {
  type AdminKeyView,
  type AdminRole,
  adminRole,
  type CreateAdminKeyAnswer,
  type CreateAdminKeyRequest,
  createAdminKeyRequest,
} from '@mesh/protocol';
import { type Command, Option } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { adminKeyId, duration } from '../options/options.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { handOutSecret } from '../secrets/hand-out-secret.ts';
import { asking, type Session, withSession } from '../session/session.ts';

interface CreateFlags {
  readonly name: string;
  readonly role: AdminRole;
  readonly ttl?: number;
  readonly out?: string;
}

export function addKeysCommands(program: Command, ports: Ports): void {
  const keys = program.command('keys').description('API keys for administration over the network');
  keys
    .command('create')
    .description('make an API key; it is secret and shown once')
    .requiredOption('--name <text>', 'whose key it is, or what for')
    .addOption(
      new Option('--role <role>', 'what it may do; each role may do what those before it may')
        .choices(adminRole.options)
        .makeOptionMandatory(),
    )
    .option('--ttl <duration>', 'how long it is valid: 30m, 8h, 7d, at most 366d (default: 90d)', duration)
    .option(
      '--out <file>',
      'write it to a new file that only you can read (mode 0600) instead of the terminal',
    )
    .action((flags: CreateFlags, command: Command) =>
      withSession(command, ports, (session) => createKey(flags, session)),
    );
  keys
    .command('list')
    .description('all keys: whose they are, their roles, when they end, and the day of their last use')
    .action(
      asking(
        ports,
        (client) => client.keys(),
        ({ keys: all }) => renderKeys(all),
      ),
    );
  keys
    .command('expire')
    .description('end a key now, and every key that was made with it; its open connections end too')
    .argument('<id>', 'key id', adminKeyId)
    .action((id: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.expireKey(id), ({ keys: ended }) => renderKeys(ended));
      }),
    );
}

function createKey(flags: CreateFlags, session: Session): Promise<void> {
  const request = readRequest(flags);
  const make = () => session.client.createKey(request);
  return handOutSecret({ name: 'key', make, describe }, flags.out, session);
}

function readRequest({ name, role, ttl }: CreateFlags): CreateAdminKeyRequest {
  const request = { name, role, ...defined({ ttl_seconds: ttl }) };
  const parsed = createAdminKeyRequest.safeParse(request);
  if (parsed.success) return request;
  const [issue] = parsed.error.issues;
  throw new CliError(
    'usage',
    issue?.path[0] === 'ttl_seconds'
      ? '--ttl: give a time from 60s to 366d'
      : '--name: give one line of text, of 1 to 64 characters',
  );
}

function describe(answer: CreateAdminKeyAnswer, file: string): string {
  const pins = answer.ca_pins.map((pin) => `--ca-pin ${pin}`).join(' ');
  return renderFields([
    ['key id', answer.key_id],
    ['name', answer.name],
    ['role', answer.role],
    ['expires', answer.expires_at],
    ['use it', `meshctl --controller https://HOST:8444 ${pins} --key-file ${file} nodes list`],
  ]);
}

function renderKeys(keys: readonly AdminKeyView[]): string {
  if (keys.length === 0) return 'there is no key; make one with: meshctl keys create\n';
  return renderTable(
    ['KEY', 'ROLE', 'MADE BY', 'EXPIRES', '', 'LAST USED', 'NAME'],
    keys.map((key) => [
      key.key_id,
      key.role,
      [key.made_by, key.made_by_id].filter((part) => part !== null).join(' '),
      key.expires_at,
      key.is_expired ? 'ended' : 'valid',
      key.last_used_on ?? 'never',
      key.name,
    ]),
  );
}
