// Makes and removes one interface, but does not configure it. There are two kinds: kernel-interface.ts makes
// an interface of the kernel, wireguard-go-process.ts runs one in userspace.

import type { LinkState } from './link-state.ts';

export interface EnsuredInterface {
  readonly kind: 'created' | 'adopted';
  /** The network device of an adopted interface, as it was found. */
  readonly link?: LinkState;
}

export interface WireguardInterface {
  /**
   * Resolves when the interface answers. Adopts an existing interface, no matter who started it. An interface
   * that it makes outlives this process.
   */
  ensure(): Promise<EnsuredInterface>;
  /** Ends the interface. Idempotent. */
  remove(): Promise<void>;
}
