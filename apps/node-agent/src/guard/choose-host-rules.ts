// Which host rules a node gets: what the operator asks for, or what this host can do.

import type { Logger } from '@mesh/host';
import type { Cidr, InterfaceName } from '@mesh/wg';
import { type RunCommand, runOrThrow } from '../tunnel/run-command.ts';
import { TunnelError } from '../tunnel/tunnel-error.ts';
import type { GuardMode } from './choose-guard.ts';
import type { Forwarding } from './guard-table.ts';
import type { HostRules } from './host-rules.ts';
import { NftHostRules } from './nft-host-rules.ts';
import { createNoHostRules } from './no-host-rules.ts';
import {
  HOST_TABLE_PREFIX,
  type HostTable,
  interfacesOfNode,
  renderHostRules,
  renderHostRulesRemoval,
} from './render-host-rules.ts';
import { createRunNft } from './run-nft.ts';
import { sweepTables } from './sweep-tables.ts';

export interface ChooseHostRulesOptions {
  readonly mode: GuardMode;
  readonly forwarding: Forwarding;
  readonly name: InterfaceName;
  /** NAME and those of its slots. */
  readonly interfaceNames: readonly InterfaceName[];
  readonly networks: readonly Cidr[];
  readonly run: RunCommand;
  readonly runtimeDir: string;
  readonly onAltered: () => void;
  readonly logger: Logger;
}

const MISSING =
  'overlay addresses are not tied to the overlay: whoever can route them to this host reaches what is bound to them, around the mesh';

/**
 * Also removes what earlier agents left behind: the rules of nodes whose interfaces are gone, and with `insecure-off` those
 * of this one.
 *
 * @throws TunnelError where `nftables` is asked for and cannot be used
 */
export async function chooseHostRules(options: ChooseHostRulesOptions): Promise<HostRules> {
  const { mode, forwarding, name, interfaceNames, networks, logger } = options;
  const table: HostTable = { name, interfaceNames, networks, forwarding };
  const nft = runNftFor(options);
  const obstacle = await nft.check(renderHostRules(table, [])).then(
    () => undefined,
    (error: unknown) =>
      error instanceof TunnelError
        ? error
        : new TunnelError('unexpected_answer', 'nftables could not be tried'),
  );
  if (obstacle === undefined) await sweep(options);
  if (mode === 'insecure-off') {
    if (obstacle === undefined) await nft.apply(renderHostRulesRemoval(name));
    logger.warn(`there are no host rules: ${MISSING}`);
    return createNoHostRules();
  }
  if (obstacle === undefined) return new NftHostRules({ table, nft, onAltered: options.onAltered });
  if (mode === 'nftables') {
    throw new TunnelError(
      obstacle.code,
      `nftables cannot be used for the host rules (${obstacle.message}): install nftables and give CAP_NET_ADMIN, or say --insecure-no-guard`,
    );
  }
  logger.warn({ code: obstacle.code, reason: obstacle.message }, `nftables cannot be used: ${MISSING}`);
  return createNoHostRules();
}

/** Removes a node's rules, whichever run laid them; without nft there is nothing to remove. @throws TunnelError */
export async function removeHostRules(
  options: Pick<ChooseHostRulesOptions, 'name' | 'run' | 'runtimeDir'>,
): Promise<void> {
  await runNftFor(options)
    .apply(renderHostRulesRemoval(options.name))
    .catch((error: unknown) => {
      if (!(error instanceof TunnelError && error.code === 'unavailable')) throw error;
    });
}

async function sweep({ name, run, logger, ...rest }: ChooseHostRulesOptions): Promise<void> {
  const nft = runNftFor({ name, run, ...rest });
  const stale = await sweepTables(
    { nft, links: () => runOrThrow(run, 'ip', ['-json', 'link', 'show']) },
    {
      prefix: HOST_TABLE_PREFIX,
      sets: ['own4', 'own6'],
      interfacesOf: interfacesOfNode,
      render: renderHostRulesRemoval,
    },
    name,
  );
  if (stale.length > 0)
    logger.info({ interfaces: stale }, 'removed the host rules of interfaces that are gone');
}

function runNftFor({ name, run, runtimeDir }: Pick<ChooseHostRulesOptions, 'name' | 'run' | 'runtimeDir'>) {
  return createRunNft({ run, runtimeDir, interfaceName: `${name}.host` });
}
