// The contract over all three adapters; the two real ones on wireguard-go in a network namespace of their
// own.

import { describeTunnelContract } from '../../src/contract/describe-contract.ts';
import { createDryRunTunnel } from '../../src/dry-run/dry-run-tunnel.ts';
import { openUapiTunnel, openWgToolTunnel } from '../support/adapters.ts';
import { NAME } from '../support/fixtures.ts';
import { createLabHost } from '../support/lab-host.ts';

describeTunnelContract('dry run', async () => {
  // Its interface is in memory, so another start of the agent is the same adapter.
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
