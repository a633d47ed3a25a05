// Can nftables close the overlay when the agent dies?

import { parseInterfaceName } from '@mesh/wg';
import { createRunNft, type Forwarding, findObstacle, type RunCommand, renderWhole } from '@mesh/wg-device';
import type { GuardMode } from '../guard/choose-guard.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

export interface NftablesInput {
  readonly mode: GuardMode;
  readonly forwarding: Forwarding;
  readonly interfaceName: string;
  readonly runtimeDir: string;
  readonly run: RunCommand;
}

/** Asks the kernel whether it would take a whole guard, and changes nothing. */
export async function checkNftables(input: NftablesInput): Promise<Finding> {
  const { mode, forwarding, runtimeDir, run } = input;
  if (mode === 'insecure-off')
    return warning(
      'guard.mode is insecure-off: the tunnels of a killed agent stay open beyond their lease; remove that setting',
    );
  const interfaceName = parseInterfaceName(input.interfaceName);
  const nft = createRunNft({ run, runtimeDir, interfaceName: `${interfaceName}.doctor` });
  const obstacle = await findObstacle(
    nft,
    renderWhole({ interfaceName, forwarding }, [], 1, { replace: true }),
  );
  if (obstacle === undefined) return ok('the kernel takes the guard');
  const say = mode === 'nftables' ? failed : warning;
  return say(
    `nftables cannot be used (${obstacle.message}), so there is no guard, no host rules and no limits: install nftables, and give CAP_NET_ADMIN`,
  );
}
