// Makes and removes one interface, but does not configure it. There are two kinds: kernel-interface.ts makes
// an interface of the kernel, wireguard-go-process.ts runs one in userspace.

export interface WireguardInterface {
  /**
   * Resolves when the interface answers. Adopts an existing interface, no matter who started it. An interface
   * that it makes outlives this process.
   */
  ensure(): Promise<'created' | 'adopted'>;
  /** Ends the interface. Idempotent. */
  remove(): Promise<void>;
}
