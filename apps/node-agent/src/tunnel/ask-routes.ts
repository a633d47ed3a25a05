// Where the kernel would send a packet: `ip route get`, which goes by rules, tables and addresses as the kernel itself
// does. Asked for a socket that is bound to nothing and for one that is bound to each of the node's own addresses, without a
// mark: a rule that goes by mark, user or port is not seen.

import type { Cidr } from '@mesh/wg';
import { asBlock, asText, type JsonObject, parseJsonArray } from './ip-json.ts';
import { FAMILIES, type Family, familyOf } from './ip-routes.ts';
import { isHostCidr } from './is-host-cidr.ts';
import { failedCommand, type RunCommand } from './run-command.ts';
import { TunnelError } from './tunnel-error.ts';

export interface RouteAnswer {
  readonly address: Cidr;
  /** `lo` for an address of this host's own. */
  readonly interfaceName: string | undefined;
  readonly table: string;
}

/**
 * One process a family, whatever the number. What the kernel would refuse to send has no answer.
 * @param addresses blocks of more than one address are left out
 * @throws TunnelError
 */
export async function askRoutes(
  run: RunCommand,
  addresses: readonly Cidr[],
  sources: readonly Cidr[],
): Promise<RouteAnswer[]> {
  const answers: RouteAnswer[] = [];
  for (const family of FAMILIES) {
    const from = ['', ...sources.filter(isOf(family)).map((source) => ` from ${hostOf(source)}`)];
    const questions = addresses
      .filter((address) => isHostCidr(address) && familyOf(address) === family)
      .flatMap((address) => from.map((each) => `route get ${hostOf(address)}${each}\n`));
    if (questions.length > 0) answers.push(...(await ask(run, family, questions)));
  }
  return answers;
}

async function ask(run: RunCommand, family: Family, questions: readonly string[]): Promise<RouteAnswer[]> {
  const args = [family, '-json', '-force', '-batch', '-'];
  const result = await run('ip', args, { stdin: questions.join('') });
  // A question that the kernel answers with an error fails by itself, and the exit code says that there was one.
  if (result.exitCode !== 0 && !/RTNETLINK answers/.test(result.stderr))
    throw failedCommand('ip', args, result);
  const lines = new TextDecoder()
    .decode(result.stdout)
    .split('\n')
    .filter((text) => text.trim() !== '');
  if (result.exitCode === 0 && lines.length < questions.length) {
    throw new TunnelError('unexpected_answer', '`ip route get` left questions unanswered');
  }
  return lines.flatMap((text) => parseJsonArray(new TextEncoder().encode(text)).map(answerOf));
}

function answerOf(route: JsonObject): RouteAnswer {
  const address = asText(route.dst);
  if (address === undefined) throw new TunnelError('unexpected_answer', '`ip route get` named no address');
  return {
    address: asBlock(address),
    interfaceName: asText(route.dev),
    table: asText(route.table) ?? 'main',
  };
}

const isOf = (family: Family) => (cidr: Cidr) => familyOf(cidr) === family;

function hostOf(cidr: Cidr): string {
  return cidr.slice(0, cidr.indexOf('/'));
}
