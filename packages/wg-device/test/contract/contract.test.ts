// Runs the contract over all three adapters. The two real ones drive wireguard-go in their own network
// namespace.

import { describeTunnelContract } from '../../src/contract/describe-contract.ts';
import { createDryRunTunnel } from '../../src/dry-run/dry-run-tunnel.ts';
import { openUapiTunnel, openWgToolTunnel } from '../support/adapters.ts';
import { NAME } from '../support/fixtures.ts';
import { createLabHost } from '../support/lab-host.ts';

describeTunnelContract('dry run', async () => {
  // Its interface is in memory, so a second adapter could not find it. `open` returns the first one again.
  const tunnel = createDryRunTunnel({ interfaceName: NAME, writeLine: () => {} });
  return { open: () => tunnel, close: async () => {} };
});

describeTunnelContract('userspace API', async () => {
  const host = await createLabHost();
  return { open: () => openUapiTunnel(host), close: () => host.close() };
});

describeTunnelContract('wg tool', async () => {
  const host = await createLabHost();
  return { open: () => openWgToolTunnel(host), close: () => host.close() };
});
