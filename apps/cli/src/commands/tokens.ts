// meshctl tokens: creates join tokens, with which nodes enrol.

import { defined } from '@mesh/primitives';
import { type CreateTokenAnswer, type CreateTokenRequest, createTokenRequest } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { duration, nodeId, wholeNumber } from '../options/options.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { handOutSecret } from '../secrets/hand-out-secret.ts';
import { type Session, withSession } from '../session/session.ts';
import { addTokenListCommands } from './members.ts';

interface CreateFlags {
  readonly uses?: number;
  readonly ttl?: number;
  readonly class?: string;
  readonly nodeId?: string;
  readonly approve?: boolean;
  readonly out?: string;
}

export function addTokensCommands(program: Command, ports: Ports): void {
  const tokens = program.command('tokens').description('join tokens');
  tokens
    .command('create')
    .description('make a join token; it is secret and shown once')
    .option('--uses <n>', 'how many nodes may enrol with it (default: 1)', wholeNumber)
    .option('--ttl <duration>', 'how long it is valid: 90s, 30m, 1h, 7d (default: 1h)', duration)
    .option('--class <class>', 'the policy class of the nodes that use it (default: default)')
    .option('--node, --node-id <id>', 'only the node with this id may use it', nodeId)
    .option('--approve', 'its nodes wait until you approve them: meshctl nodes approve')
    .option(
      '--out <file>',
      'write it to a new file that only you can read (mode 0600) instead of the terminal',
    )
    .action((flags: CreateFlags, command: Command) =>
      withSession(command, ports, (session) => createToken(flags, session)),
    );
  addTokenListCommands(tokens, ports);
}

function createToken(flags: CreateFlags, session: Session): Promise<void> {
  const request = readRequest(flags);
  const make = () => session.client.createToken(request);
  return handOutSecret({ name: 'token', make, describe }, flags.out, session);
}

function readRequest(flags: CreateFlags): CreateTokenRequest {
  const request: CreateTokenRequest = {
    ...defined({
      uses: flags.uses,
      ttl_seconds: flags.ttl,
      class: flags.class,
      node_id: flags.nodeId,
      approve: flags.approve,
    }),
  };
  const parsed = createTokenRequest.safeParse(request);
  if (parsed.success) return request;
  const forms: Record<string, string> = {
    uses: '--uses: give a whole number from 1 to 10000',
    ttl_seconds: '--ttl: give a time from 60s to 30d',
  };
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0] ?? '');
  throw new CliError('usage', forms[field] ?? `--${field}: ${issue?.message ?? 'is not valid'}`);
}

function describe(answer: CreateTokenAnswer): string {
  return renderFields([
    ['token id', answer.token_id],
    ['uses', String(answer.uses)],
    ['class', answer.class],
    ['node', answer.node_id ?? 'any'],
    ['expires', answer.expires_at],
  ]);
}
