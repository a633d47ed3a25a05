// Chooses the guard of an interface: the one that the operator asks for, or the one that this host can have.

import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import { parseInterfaceName } from '@mesh/wg';
import type { LeaseGuard, RunCommand } from '@mesh/wg-device';
import {
  applyIfThere,
  createNoGuard,
  createRunNft,
  type Forwarding,
  findObstacle,
  type GuardNote,
  type GuardTable,
  NftGuard,
  renderRemoval,
  renderWhole,
  sweepTables,
  TABLE_PREFIX,
  TunnelError,
} from '@mesh/wg-device';

/**
 * `auto`: nftables if it can be used, otherwise no guard and a warning. `nftables`: the agent does not start
 * without nftables.
 */
export type GuardMode = 'auto' | 'nftables' | 'insecure-off';

export interface ChooseGuardOptions {
  readonly mode: GuardMode;
  readonly forwarding: Forwarding;
  readonly interfaceName: string;
  readonly run: RunCommand;
  readonly runtimeDir: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly verifyMs: number;
  readonly note: (note: GuardNote) => void;
  readonly logger: Logger;
}

/**
 * Also removes what earlier agents left: the tables of interfaces that are gone, and with `insecure-off` the
 * table of this interface, which would otherwise close it.
 *
 * @throws TunnelError if `nftables` is asked for and cannot be used
 */
export async function chooseGuard(options: ChooseGuardOptions): Promise<LeaseGuard> {
  const { mode, forwarding, run, runtimeDir, logger } = options;
  const interfaceName = parseInterfaceName(options.interfaceName);
  const table: GuardTable = { interfaceName, forwarding };
  const nft = createRunNft({ run, runtimeDir, interfaceName });
  // A real batch is tried on the kernel, because more than the program and a capability can be missing.
  const obstacle = await findObstacle(nft, renderWhole(table, [], 1, { replace: true }));
  if (obstacle === undefined) {
    const swept = await sweepTables(
      nft,
      run,
      {
        prefix: TABLE_PREFIX,
        sets: ['live4', 'live6'],
        parseName: parseInterfaceName,
        interfacesOf: (name) => [name],
        render: (name) => renderRemoval({ interfaceName: name }),
      },
      interfaceName,
    );
    if (swept.length > 0)
      logger.info({ [LogField.interfaceNames]: swept }, 'removed the guards of interfaces that are gone');
  }
  if (mode === 'insecure-off') {
    if (obstacle === undefined) await nft.apply(renderRemoval(table));
    logger.warn('there is no guard: if the agent is killed, its tunnels stay open beyond their lease');
    return createNoGuard();
  }
  if (obstacle === undefined) return new NftGuard({ ...options, table, nft });
  if (mode === 'nftables') {
    throw new TunnelError(
      obstacle.code,
      `nftables cannot be used for the guard (${obstacle.message}): install nftables and give CAP_NET_ADMIN, or say --insecure-no-guard`,
    );
  }
  logger.warn(
    { [LogField.code]: obstacle.code, [LogField.reason]: obstacle.message },
    'nftables cannot be used: there is no guard, and limits are not enforced. If the agent is killed, its tunnels stay open beyond their lease',
  );
  return createNoGuard();
}

/**
 * Removes the guard of an interface, even if an earlier run made it. Without nft there is nothing to remove.
 * @throws TunnelError
 */
export async function removeGuard(
  options: Pick<ChooseGuardOptions, 'interfaceName' | 'run' | 'runtimeDir'>,
): Promise<void> {
  const interfaceName = parseInterfaceName(options.interfaceName);
  await applyIfThere(createRunNft({ ...options, interfaceName }), renderRemoval({ interfaceName }));
}
