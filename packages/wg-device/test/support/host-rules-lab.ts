// Host rules as the tests open them: on a lab host, with the host's own nft.

import { type InterfaceName, parseInterfaceName } from '@mesh/wg';
import { NftHostRules, type NftHostRulesOptions } from '../../src/host-rules/nft-host-rules.ts';
import type { HostTable } from '../../src/host-rules/render-host-rules.ts';
import type { RunCommand } from '../../src/linux/run-command.ts';
import { createRunNft } from '../../src/nft/run-nft.ts';
import { addresses } from './guard-lab.ts';
import type { LabHost } from './lab-host.ts';

export const MESH: InterfaceName = parseInterfaceName('mesh0');
/** The addresses of the node. */
export const OWN = addresses('10.44.0.1', 'fd44::1');

export const TABLE: HostTable = {
  name: MESH,
  networks: addresses('10.44.0.0/16', 'fd44::/64'),
  forwarding: 'drop',
};

export interface OpenHostRules extends Partial<HostTable> {
  readonly run?: RunCommand;
  readonly onAltered?: NftHostRulesOptions['onAltered'];
}

export function openHostRules(
  host: Pick<LabHost, 'run' | 'runtimeDir'>,
  { run = host.run, onAltered = () => undefined, ...table }: OpenHostRules = {},
): NftHostRules {
  const { name } = { ...TABLE, ...table };
  return new NftHostRules({
    table: { ...TABLE, ...table },
    nft: createRunNft({ run, runtimeDir: host.runtimeDir, interfaceName: `${name}.host` }),
    onAltered,
  });
}
