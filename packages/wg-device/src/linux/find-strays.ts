// For which addresses the kernel takes another way than by the agent's interfaces: `ip route get`, which goes
// by rules, tables and addresses as the kernel itself does. Asked for a socket that is bound to nothing and
// for one that is bound to each of the node's own addresses, without a mark: a rule that goes by mark, user
// or port is not seen.

import { type Cidr, cidrAddress, IP_FAMILIES, type IpFamily, ipFamily, isHostCidr } from '@mesh/wg';
import type { StrayRoute } from '../port/overlay-routes.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { asBlock, asText, type JsonObject, parseJsonArray } from './ip-json.ts';
import { failedCommand, type RunCommand } from './run-command.ts';

export interface StrayQuestion {
  /** Blocks of more than one address are left out. */
  readonly addresses: readonly Cidr[];
  /** The node's own. */
  readonly sources: readonly Cidr[];
  /** The agent's interfaces. */
  readonly ours: ReadonlySet<string>;
}

/**
 * One process a family, whatever the number. What the kernel would refuse to send is not astray.
 *
 * @throws TunnelError
 */
export async function findStrays(
  run: RunCommand,
  { addresses, sources, ours }: StrayQuestion,
): Promise<StrayRoute[]> {
  const strays: StrayRoute[] = [];
  for (const family of IP_FAMILIES) {
    const isOfFamily = (cidr: Cidr) => ipFamily(cidr) === family;
    const from = ['', ...sources.filter(isOfFamily).map((source) => ` from ${cidrAddress(source)}`)];
    const questions = addresses
      .filter((address) => isHostCidr(address) && isOfFamily(address))
      .flatMap((address) => from.map((each) => `route get ${cidrAddress(address)}${each}\n`));
    if (questions.length === 0) continue;
    // A thousand peers make thousands of answers: those that are as they should be are read no further.
    const others = (await ask(run, family, questions)).filter(({ dev }) => !ours.has(asText(dev) ?? ''));
    strays.push(...others.map(strayOf));
  }
  return strays;
}

async function ask(run: RunCommand, family: IpFamily, questions: readonly string[]): Promise<JsonObject[]> {
  const args = [`-${family}`, '-json', '-force', '-batch', '-'];
  const result = await run('ip', args, { stdin: questions.join('') });
  // A question that the kernel answers with an error fails by itself, and the exit code says that there was
  // one.
  if (result.exitCode !== 0 && !/RTNETLINK answers/.test(result.stderr))
    throw failedCommand('ip', args, result);
  // A list of one on each line.
  const lists = new TextDecoder().decode(result.stdout).match(/^\[.+\]\s*$/gm) ?? [];
  const entries = lists.map((list) => list.trim().slice(1, -1)).join(',');
  const answers = parseJsonArray(new TextEncoder().encode(`[${entries}]`));
  if (result.exitCode === 0 && answers.length < questions.length) {
    throw new TunnelError('unexpected_answer', '`ip route get` left questions unanswered');
  }
  return answers;
}

function strayOf(route: JsonObject): StrayRoute {
  const address = asText(route.dst);
  if (address === undefined) throw new TunnelError('unexpected_answer', '`ip route get` named no address');
  return {
    address: asBlock(address),
    interfaceName: asText(route.dev),
    table: asText(route.table) ?? 'main',
  };
}
