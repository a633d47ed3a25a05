// The contract over all three adapters; the two real ones on wireguard-go in a network namespace of their own.
import { createDryRunTunnel } from '../src/tunnel/dry-run-tunnel.ts';
import { openUapiTunnel, openWgToolTunnel } from './tunnel-adapters.ts';
import { describeTunnelContract } from './tunnel-contract.ts';
import { NAME } from './tunnel-fixtures.ts';
import { createLabHost } from './tunnel-lab.ts';

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
