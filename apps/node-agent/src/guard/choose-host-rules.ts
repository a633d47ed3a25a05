// Chooses the host rules of a node: those that the operator asks for, or those that this host can have.

import { LogField, type Logger } from '@mesh/host';
import { type Cidr, type InterfaceName, parseSlottedInterfaceName } from '@mesh/wg';
import type { Forwarding, HostRules, RunCommand } from '@mesh/wg-device';
import {
  applyIfThere,
  createNoHostRules,
  createRunNft,
  findObstacle,
  HOST_TABLE_PREFIX,
  type HostTable,
  interfacesOfName,
  NftHostRules,
  renderHostRules,
  renderHostRulesRemoval,
  sweepTables,
  type TableKind,
  TunnelError,
} from '@mesh/wg-device';
import type { GuardMode } from './choose-guard.ts';

export interface ChooseHostRulesOptions {
  readonly mode: GuardMode;
  readonly forwarding: Forwarding;
  readonly name: InterfaceName;
  readonly networks: readonly Cidr[];
  readonly run: RunCommand;
  readonly runtimeDir: string;
  readonly onAltered: () => void;
  readonly logger: Logger;
}

const KIND: TableKind = {
  prefix: HOST_TABLE_PREFIX,
  sets: ['own4', 'own6'],
  parseName: parseSlottedInterfaceName,
  interfacesOf: interfacesOfName,
  render: renderHostRulesRemoval,
};

const MISSING =
  'overlay addresses are not tied to the overlay: anyone who can route them to this host reaches what is bound to them, around the mesh';

/**
 * Also removes what earlier agents left: the rules of nodes whose interfaces are gone, and with
 * `insecure-off` the rules of this node, too.
 *
 * @throws TunnelError if `nftables` is asked for and cannot be used
 */
export async function chooseHostRules(options: ChooseHostRulesOptions): Promise<HostRules> {
  const { mode, forwarding, name, networks, run, logger } = options;
  const table: HostTable = { name, networks, forwarding };
  const nft = runNftFor(options);
  const obstacle = await findObstacle(nft, renderHostRules(table, []));
  if (obstacle === undefined) {
    const swept = await sweepTables(nft, run, KIND, name);
    if (swept.length > 0)
      logger.info({ [LogField.interfaceNames]: swept }, 'removed the host rules of interfaces that are gone');
  }
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
  logger.warn(
    { [LogField.code]: obstacle.code, [LogField.reason]: obstacle.message },
    `nftables cannot be used: ${MISSING}`,
  );
  return createNoHostRules();
}

/**
 * Removes a node's rules, even if an earlier run made them. Without nft there is nothing to remove.
 *
 * @throws TunnelError
 */
export async function removeHostRules(
  options: Pick<ChooseHostRulesOptions, 'name' | 'run' | 'runtimeDir'>,
): Promise<void> {
  await applyIfThere(runNftFor(options), renderHostRulesRemoval(options.name));
}

function runNftFor({ name, run, runtimeDir }: Pick<ChooseHostRulesOptions, 'name' | 'run' | 'runtimeDir'>) {
  return createRunNft({ run, runtimeDir, interfaceName: `${name}.host` });
}
