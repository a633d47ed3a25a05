// meshctl request: what several officers have to sign. `create` and `submit` talk to the controller; `show`
// and `sign` need no network.

import { ed25519PublicKey, encodeBase64, parseRfc3339 } from '@mesh/primitives';
import { type RequestStatus, requestSentence, signMessage } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { readOfficerKey } from '../officers/officer-key.ts';
import {
  describeRequest,
  holds,
  mergeRequests,
  readRequestFile,
  renderRequestFile,
} from '../officers/request-file.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, type Session, withSession } from '../session/session.ts';
import { addRequestCreate } from './request-create.ts';

interface SignFlags {
  readonly key: string;
  readonly yes?: boolean;
}

export function addRequestCommands(program: Command, ports: Ports): void {
  const request = program.command('request').description('requests that several officers have to sign');
  addRequestCreate(request, ports);
  request
    .command('show')
    .description('what a request is about and which keys have signed it; needs no network')
    .argument('<file>', 'the file of the request')
    .action((file: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => show(file, session)),
    );
  request
    .command('sign')
    .description('add the signature of an officer to the file; needs no network')
    .argument('<file>', 'the file of the request')
    .requiredOption('--key <file>', "the officer's key, from: meshctl officers keygen")
    .option('--yes', 'do not ask')
    .action((file: string, flags: SignFlags, command: Command) =>
      withSession(command, ports, (session) => sign(file, flags, session)),
    );
  request
    .command('submit')
    .description(
      'bring signatures to the controller; the last one that is needed lets the request take effect',
    )
    .argument('<file...>', 'files of the same request, with different signatures')
    .option('--all-at-once', 'for node.revoke: if these signatures do not suffice, keep none of them')
    .action((files: string[], flags: { allAtOnce?: boolean }, command: Command) =>
      withSession(command, ports, (session) => submit(files, flags.allAtOnce === true, session)),
    );
  request
    .command('list')
    .description('the requests that wait for signatures, or for the command that they allow')
    .action(
      asking(
        ports,
        (client) => client.requests(),
        ({ requests }) => renderList(requests),
      ),
    );
}

function show(file: string, session: Session): void {
  const signed = readRequestFile(file, session.ports);
  const { request, signatures } = signed;
  session.result(signed, () =>
    renderFields([
      ...describeRequest(request),
      ...signatures.map((one): [string, string] => [
        'signed by key',
        `${one.officer_key}${holds(request, one) ? '' : ' (the signature does not hold)'}`,
      ]),
    ]),
  );
}

async function sign(file: string, { key, yes }: SignFlags, session: Session): Promise<void> {
  const { ports } = session;
  const { request, signatures } = readRequestFile(file, ports);
  if (ports.nowMs() >= parseRfc3339(request.expires_at))
    throw new CliError('usage', `${file} was good until ${request.expires_at}: have a new request made`);
  const seed = readOfficerKey(key, ports);
  try {
    const officerKey = encodeBase64(ed25519PublicKey(seed));
    if (signatures.some(({ officer_key: other }) => other === officerKey))
      throw new CliError('usage', `${file} has the signature of this key already: let another officer sign`);
    if (yes !== true) await confirm(renderFields(describeRequest(request)), ports);
    const { signature } = signMessage('officer_request', request, seed);
    const signed = { request, signatures: [...signatures, { officer_key: officerKey, signature }] };
    await ports.replaceFile(file, renderRequestFile(signed));
    const missing = request.required - signed.signatures.length;
    session.result({ file, officer_key: officerKey, signatures: signed.signatures.length }, () =>
      renderFields([
        ['signed', requestSentence(request)],
        ['by key', officerKey],
        ['signatures', `${signed.signatures.length} of ${request.required}`],
        ['next', missing > 0 ? `pass ${file} to the next officer` : `meshctl request submit ${file}`],
      ]),
    );
  } finally {
    seed.fill(0);
  }
}

/** Shows on standard error what is about to be signed, so that results stay alone on standard output. */
async function confirm(description: string, ports: Ports): Promise<void> {
  ports.writeError(description);
  const answer = await ports.ask('Type yes to sign this: ');
  if (answer === undefined)
    throw new CliError('usage', 'nobody is here to ask: look at meshctl request show, then say --yes');
  if (answer.trim() !== 'yes') throw new CliError('usage', 'that is not yes: nothing was signed');
}

async function submit(files: readonly string[], allAtOnce: boolean, session: Session): Promise<void> {
  const { client, ports } = session;
  const merged = mergeRequests(files.map((path) => ({ path, signed: readRequestFile(path, ports) })));
  if (allAtOnce && merged.request.kind !== 'node.revoke')
    throw new CliError('usage', `--all-at-once: is for node.revoke; leave it out for ${merged.request.kind}`);
  const status = await (allAtOnce ? client.submitRevocation(merged) : client.submitRequest(merged));
  session.result(status, renderStatus);
}

const MEANINGS: Readonly<Record<RequestStatus['status'], string>> = {
  pending: 'waits for more signatures',
  authorised: 'an operator may now do this, once',
  carried_out: 'has taken effect',
};

function renderStatus({ request, status, signed_by: names }: RequestStatus): string {
  return renderFields([
    ['request', request.request_id],
    ['status', MEANINGS[status]],
    ['signatures', `${names.length} of ${request.required}: ${names.join(', ')}`],
    ['what', requestSentence(request)],
  ]);
}

function renderList(requests: readonly RequestStatus[]): string {
  if (requests.length === 0) return 'no request is open\n';
  const rows = requests.map(({ request, status, signed_by: names }) => [
    request.request_id,
    request.kind,
    `${names.length} of ${request.required}`,
    names.join(', '),
    MEANINGS[status],
    request.expires_at,
    `${requestSentence(request)} (${request.reason})`,
  ]);
  return renderTable(['REQUEST', 'KIND', 'SIGNED', 'BY', 'STATUS', 'UNTIL', 'WHAT'], rows);
}
