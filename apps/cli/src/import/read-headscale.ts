// Reads the nodes of a headscale server: `headscale nodes list --output json`, or what its API answers at
// /api/v1/node. The fields are those of `headscale.v1.Node`, in snake case (the command) or camel case (the
// API).

import * as z from 'zod';
import { CliError } from '../errors/cli-error.ts';
import { type ImportedNode, nodeIdFrom } from './imported-node.ts';

const texts = z.array(z.string().max(256)).max(64).nullish();
const headscaleNode = z.object({
  name: z.string().max(256).optional(),
  given_name: z.string().max(256).optional(),
  givenName: z.string().max(256).optional(),
  ip_addresses: texts,
  ipAddresses: texts,
  tags: texts,
  forced_tags: texts,
  forcedTags: texts,
  valid_tags: texts,
  validTags: texts,
});
type HeadscaleNode = z.infer<typeof headscaleNode>;
const nodeList = z.array(headscaleNode).max(10_000);
const headscaleList = z.union([nodeList, z.object({ nodes: nodeList }).transform(({ nodes }) => nodes)]);

/**
 * @param classes the class of the nodes that have a tag, in the order in which they count
 * @param otherClass the class of all others
 * @throws CliError `usage` if it is no such list, or a node has no name
 */
export function readHeadscale(
  text: string,
  path: string,
  classes: ReadonlyMap<string, string>,
  otherClass: string | undefined,
): readonly ImportedNode[] {
  return parseList(text, path).map((node, at) => {
    const origin = [node.given_name, node.givenName, node.name].find(
      (name) => name !== undefined && name !== '',
    );
    const id = origin === undefined ? undefined : nodeIdFrom(origin);
    if (origin === undefined || id === undefined)
      throw new CliError(
        'usage',
        `${path}: node ${at + 1} has no name that a node id can be made of: rename it there`,
      );
    const tags = new Set(tagsOf(node));
    return {
      id,
      class: [...classes].find(([tag]) => tags.has(tag))?.[1] ?? otherClass,
      addresses: node.ip_addresses ?? node.ipAddresses ?? [],
      endpoint: undefined,
      origin,
    };
  });
}

function parseList(text: string, path: string): readonly HeadscaleNode[] {
  const advice = 'give the output of: headscale nodes list --output json';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError('usage', `${path} is no JSON: ${advice}`, { cause: error });
  }
  const parsed = headscaleList.safeParse(value);
  if (!parsed.success) throw new CliError('usage', `${path} is no list of headscale's nodes: ${advice}`);
  return parsed.data;
}

/** Without the `tag:` that headscale puts before them. */
function tagsOf(node: HeadscaleNode): readonly string[] {
  const { tags, forced_tags, forcedTags, valid_tags, validTags } = node;
  return [tags, forced_tags, forcedTags, valid_tags, validTags]
    .flatMap((list) => list ?? [])
    .map((tag) => tag.replace(/^tag:/, ''));
}
