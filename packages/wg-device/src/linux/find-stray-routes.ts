// Finds addresses whose packets the kernel would send by another interface than the caller's. It asks
// `ip route get`, which follows rules, tables and addresses as the kernel does. It asks once for a socket
// without a source address, and once for each of the host's own overlay addresses as the source. It does not
// see rules that depend on a mark, a user or a port.

import { type Cidr, cidrAddress, IP_FAMILIES, type IpFamily, ipFamily, isHostCidr } from '@mesh/wg';
import type { StrayRoute } from '../port/overlay-routes.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import { asBlock, asText, type JsonObject, parseJsonLists } from './ip-json.ts';
import { failedCommand, type RunCommand } from './run-command.ts';

export interface StrayQuestion {
  /** Blocks of more than one address are left out. */
  readonly addresses: readonly Cidr[];
  /** The host's own overlay addresses. */
  readonly sources: readonly Cidr[];
  /** The caller's interfaces. */
  readonly ours: ReadonlySet<string>;
}

/**
 * Starts one process per address family, no matter how many addresses. An address to which the kernel would
 * send nothing is not a stray.
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
    // A thousand peers make thousands of answers. Right answers are dropped before they are parsed further.
    const others = (await ask(run, family, questions)).filter(({ dev }) => !ours.has(asText(dev) ?? ''));
    strays.push(...others.map(strayOf));
  }
  return strays;
}

async function ask(run: RunCommand, family: IpFamily, questions: readonly string[]): Promise<JsonObject[]> {
  const args = [`-${family}`, '-json', '-force', '-batch', '-'];
  const result = await run('ip', args, { stdin: questions.join('') });
  // If the kernel answers a question with an error, only that question fails, but the exit code is not 0.
  if (result.exitCode !== 0 && !/RTNETLINK answers/.test(result.stderr))
    throw failedCommand('ip', args, result);
  const answers = parseJsonLists(result.stdout);
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
