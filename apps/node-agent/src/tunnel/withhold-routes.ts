// An interface's device side without its routes: in strict rotation they are switched, not added.

import type { IpLink } from './ip-link.ts';

type LinkOfTunnel = Pick<IpLink, 'ensure' | 'ensureRoutes'>;

export function withholdRoutes(link: LinkOfTunnel): LinkOfTunnel {
  return {
    ensure: (settings) => link.ensure({ ...settings, routes: [] }),
    ensureRoutes: async () => [],
  };
}
