// meshctl request create: makes the file of a request, without any signature. The state that it is made for
// comes from the controller, or from the command line where there is no network.

import { defined, formatRfc3339, PrimitivesError, parseStrictJson } from '@mesh/primitives';
import {
  type OfficerRequest,
  officerRequest,
  type RequestDraft,
  type RequestKindName,
  type RequestSubject,
  requestDraft,
  requestDraftQuery,
  requestKindNames,
} from '@mesh/protocol';
import { Argument, type Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { describeRequest, renderRequestFile } from '../officers/request-file.ts';
import { uuidFrom } from '../officers/uuid.ts';
import { duration, nodeId, reason, wholeNumber } from '../options/options.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';

const DEFAULT_LIFE_S = 86_400;

interface CreateFlags {
  readonly reason: string;
  readonly out: string;
  readonly node?: string;
  readonly class?: string;
  readonly parameters?: string;
  readonly for?: number;
  readonly mesh?: string;
  readonly state?: string;
  readonly required?: number;
}

export function addRequestCreate(request: Command, ports: Ports): void {
  request
    .command('create')
    .description('make the file of a request for officers to sign')
    .addArgument(new Argument('<kind>', 'what is to happen').choices(requestKindNames))
    .requiredOption('--reason <text>', 'why, for the officers and the append-only log', reason)
    .requiredOption('--out <file>', 'write the request to a new file')
    .option('--node <id>', 'the node that it is about', nodeId)
    .option('--class <name>', 'the class that it is about')
    .option('--parameters <json>', 'what it is about, as JSON; see docs/protocol.md for each kind')
    .option('--for <time>', 'how long it is good: 1h, 3d, at most 7d (default: 1d)', duration)
    .option('--mesh <id>', 'without a network: the mesh (with --state and --required)')
    .option('--state <digest>', 'without a network: the state, from another create with --json')
    .option('--required <n>', 'without a network: how many officers must sign', wholeNumber)
    .action((kind: RequestKindName, flags: CreateFlags, command: Command) =>
      withSession(command, ports, (session) => create(kind, flags, session)),
    );
}

async function create(kind: RequestKindName, flags: CreateFlags, session: Session): Promise<void> {
  const { ports } = session;
  const subject = readSubject(kind, flags);
  const draft = readDraft(flags) ?? (await session.client.requestDraft(subject));
  if (draft.required === 0)
    throw new CliError('usage', 'this mesh has no officers: an operator does this alone, without a request');
  const request = requestFor(subject, draft, flags, ports);
  await ports.createFile(flags.out, renderRequestFile({ request, signatures: [] }));
  session.result({ file: flags.out, request }, () =>
    renderFields([
      ...describeRequest(request),
      ['file', flags.out],
      ['next', `let ${request.required} officers sign: meshctl request sign ${flags.out} --key KEY`],
    ]),
  );
}

/** @throws CliError */
function readSubject(
  kind: RequestKindName,
  { node, class: className, parameters }: CreateFlags,
): RequestSubject {
  let given: unknown = {};
  try {
    if (parameters !== undefined) given = parseStrictJson(parameters);
  } catch (error) {
    if (!(error instanceof PrimitivesError)) throw error;
    throw new CliError('usage', `--parameters: ${error.message}`, { cause: error });
  }
  const all = { ...(given as object), ...defined({ node_id: node, class: className }) };
  const parsed = requestDraftQuery.safeParse({ kind, parameters: all });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError(
    'usage',
    `${issue?.path.join('.') ?? 'parameters'}: ${issue?.message ?? 'is not valid'}; give --node, --class or --parameters as docs/protocol.md has them for ${kind}`,
  );
}

/** What the command line says about the mesh; undefined if the controller is to be asked. */
function readDraft({ mesh, state, required }: CreateFlags): RequestDraft | undefined {
  if (mesh === undefined && state === undefined && required === undefined) return undefined;
  const parsed = requestDraft.safeParse({ mesh_id: mesh, state, required });
  if (parsed.success) return parsed.data;
  throw new CliError(
    'usage',
    'without a network, give all of --mesh, --state and --required, as meshctl --json request create shows them',
  );
}

/** @throws CliError */
function requestFor(
  subject: RequestSubject,
  draft: RequestDraft,
  flags: CreateFlags,
  ports: Ports,
): OfficerRequest {
  const nowMs = Math.floor(ports.nowMs());
  const parsed = officerRequest.safeParse({
    ...draft,
    ...subject,
    request_id: uuidFrom(ports.randomBytes(16)),
    not_before: formatRfc3339(nowMs),
    expires_at: formatRfc3339(nowMs + (flags.for ?? DEFAULT_LIFE_S) * 1000),
    reason: flags.reason,
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError('usage', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`);
}
