// The life of one interface, apart from what is configured on it. Two kinds: kernel-interface.ts makes the
// kernel's, wireguard-go-process.ts runs a userspace one.

export interface WireguardInterface {
  /**
   * Resolves once the interface answers; adopts the one that is there, whoever started it. What it makes
   * outlives this process.
   */
  ensure(): Promise<'created' | 'adopted'>;
  /** Ends the interface. Idempotent. */
  remove(): Promise<void>;
}
