// meshctl import: the nodes of another network, and the join tokens with which they enrol here. It changes
// nothing there.

import { basename } from 'node:path';
import { parseNodeId } from '@mesh/primitives';
import { parseWgPublicKey, type WgPublicKey } from '@mesh/wg';
import { type Command, InvalidArgumentError } from 'commander';
import { handOutTokens, type TokenFile } from '../import/hand-out-tokens.ts';
import { checkedNodes, type ImportedNode } from '../import/imported-node.ts';
import { mergeHosts } from '../import/merge-hosts.ts';
import { readHeadscale } from '../import/read-headscale.ts';
import { readWireGuard } from '../import/read-wireguard.ts';
import { duration } from '../options/options.ts';
import { renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { renderJson, withSession } from '../session/session.ts';

const MAX_FILE_BYTES = 16_777_216;

interface ImportFlags {
  readonly class?: string;
  readonly ttl?: number;
  readonly tokens?: string;
}

export function addImportCommands(program: Command, ports: Ports): void {
  const group = program
    .command('import')
    .description("another network's nodes: shows what they would be here, and makes their join tokens");
  withImportOptions(
    group
      .command('wireguard')
      .description('from WireGuard configurations: wg showconf, or files of wg-quick')
      .argument('<files...>', 'one for each host, named after it: HOST.conf')
      .option('--name <key=id>', 'the node id of a public key; give it once for each', nameOfKey),
  ).action((files: readonly string[], flags: ImportFlags & { name?: Names }, command: Command) => {
    const hosts = files.map((path) =>
      readWireGuard(ports.readDocument(path, MAX_FILE_BYTES), path, basename(path).replace(/[.][^.]*$/, '')),
    );
    // Of each file, the host that it is of comes first: what a file is called counts before comments.
    const first = hosts.flatMap((all) => all.filter(({ isOwn }) => isOwn));
    const nodes = mergeHosts([...first, ...hosts.flat()], flags.name ?? new Map(), flags.class);
    const checked = checkedNodes(nodes, 'name one of them with --name KEY=ID');
    return report(checked, flags, command, ports);
  });
  withImportOptions(
    group
      .command('headscale')
      .description("from headscale's nodes")
      .argument('<file>', 'the output of: headscale nodes list --output json')
      .option(
        '--class-of <tag=class>',
        'the class of nodes with a tag; the first that fits counts',
        classOfTag,
      ),
  ).action((path: string, flags: ImportFlags & { classOf?: Classes }, command: Command) => {
    const text = ports.readDocument(path, MAX_FILE_BYTES);
    const nodes = readHeadscale(text, path, flags.classOf ?? new Map(), flags.class);
    return report(checkedNodes(nodes, 'rename one of them there'), flags, command, ports);
  });
}

const withImportOptions = (command: Command): Command =>
  command
    .option('--class <class>', 'the policy class of the nodes (default: default)')
    .option('--tokens <folder>', 'make a join token for each node, in a new file of this folder: NODE.token')
    .option('--ttl <duration>', 'how long the tokens are valid: 1h, 7d (default: 1h)', duration);

async function report(
  nodes: readonly ImportedNode[],
  flags: ImportFlags,
  command: Command,
  ports: Ports,
): Promise<void> {
  const { tokens, ttl } = flags;
  if (tokens === undefined) {
    const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
    ports.writeOut(json ? renderJson(wireOf(nodes)) : `${tableOf(nodes, ports)}\n${NEXT_TOKENS}`);
    return;
  }
  await withSession(command, ports, async (session) => {
    const files = await handOutTokens(nodes, tokens, ttl, session);
    session.result(wireOf(nodes, files), () => `${tableOf(nodes, ports, files)}\n${NEXT_ENROL}`);
  });
}

const NEXT_TOKENS = `Nothing has been made yet. To make a join token for each node: --tokens FOLDER
`;
const NEXT_ENROL = `Each token is secret and good for one node. On each node, with its token:
  mesh-agent enrol --controller https://CONTROLLER:8444 --node-id NODE --token-file NODE.token
The mesh has addresses and keys of its own: the old network goes on until you take it down.
`;

function tableOf(nodes: readonly ImportedNode[], ports: Ports, files?: readonly TokenFile[]): string {
  const header = ['NODE', 'CLASS', 'FROM', 'ENDPOINT THERE', 'ADDRESSES THERE'];
  const rows = nodes.map((node) => [
    node.id,
    node.class ?? 'default',
    node.origin,
    node.endpoint ?? '',
    node.addresses.join(' '),
  ]);
  if (files === undefined) return renderTable(header, rows, ports.screen()?.columns);
  return renderTable(
    ['NODE', 'CLASS', 'TOKEN FILE', ''],
    rows.map(([id = '', nodeClass = ''], at) => {
      const { path = '', isNew = true } = files[at] ?? {};
      return [id, nodeClass, path, isNew ? 'new' : 'was there already'];
    }),
    ports.screen()?.columns,
  );
}

const wireOf = (nodes: readonly ImportedNode[], files?: readonly TokenFile[]): object => ({
  nodes: nodes.map((node, at) => ({
    node_id: node.id,
    class: node.class ?? null,
    from: node.origin,
    endpoint: node.endpoint ?? null,
    addresses: node.addresses,
    ...(files === undefined ? {} : { token_file: files[at]?.path, is_new: files[at]?.isNew }),
  })),
});

type Names = ReadonlyMap<WgPublicKey, ImportedNode['id']>;
type Classes = ReadonlyMap<string, string>;

function nameOfKey(text: string, before: Names = new Map()): Names {
  // A key ends with "=".
  const [, key, id] = /^(.*=)=([^=]*)$/.exec(text) ?? [];
  try {
    return new Map(before).set(parseWgPublicKey(key), parseNodeId(id));
  } catch {
    throw new InvalidArgumentError('Give a public key, "=" and a node id.');
  }
}

function classOfTag(text: string, before: Classes = new Map()): Classes {
  const [, tag, nodeClass] = /^(?:tag:)?([^=]+)=([^=]+)$/.exec(text) ?? [];
  if (tag === undefined || nodeClass === undefined)
    throw new InvalidArgumentError('Give a tag, "=" and a class.');
  return before.has(tag) ? before : new Map(before).set(tag, nodeClass);
}
