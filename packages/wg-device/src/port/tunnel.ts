// The port through which a program drives one WireGuard interface: what may be asked, and what then
// holds. Adapters: uapi-tunnel.ts, wg-tool-tunnel.ts, dry-run-tunnel.ts. All pass the suite in src/contract.
import type { Cidr, Endpoint, WgDeviceState, WgPresharedKey, WgPrivateKey, WgPublicKey } from '@mesh/wg';

export interface TunnelUp {
  readonly privateKey: WgPrivateKey;
  /** UDP port, 1-65535. */
  readonly listenPort: number;
  /** The host's own overlay addresses, each as /32 or /128. */
  readonly addresses: readonly Cidr[];
  /** 576-65535; 1420 leaves room for IPv6 and WireGuard in 1500 bytes. With IPv6 addresses at least 1280. */
  readonly mtu: number;
  /** Overlay networks, routed to the interface. */
  readonly routes?: readonly Cidr[];
}

/** What `up` found and what it had to change; every list and flag is empty or false when all was in place. */
export interface TunnelUpReport {
  readonly kind: 'created' | 'adopted';
  /**
   * The adopted interface had another private key: sessions made with it end, and peers must learn the new
   * one.
   */
  readonly privateKeyReplaced: boolean;
  readonly listenPortChanged: boolean;
  readonly addressesAdded: readonly Cidr[];
  readonly routesAdded: readonly Cidr[];
  readonly mtuChanged: boolean;
  /** The device was there, and down. */
  readonly wasDown: boolean;
  readonly state: WgDeviceState;
}

export interface PresharedKeyChange {
  readonly publicKey: WgPublicKey;
  readonly presharedKey: WgPresharedKey;
}

export interface NewPeer extends PresharedKeyChange {
  readonly endpoint?: Endpoint;
  readonly allowedIps: readonly Cidr[];
  /** 25 re-admits a peer in under 10 ms; without it the first packet can wait 15 s. */
  readonly persistentKeepaliveSeconds: number;
}

export interface PeerUpdate {
  readonly publicKey: WgPublicKey;
  readonly endpoint?: Endpoint;
  /** Replaces the whole list. */
  readonly allowedIps?: readonly Cidr[];
}

/**
 * One WireGuard interface, named when the adapter is made.
 *
 * Atomicity: input is validated as a whole before anything is touched. `setPresharedKeys`, `addPeers` and
 * `updatePeer` happen for all named peers or for none: what a half-failing set had applied is undone before
 * the promise rejects (`apply_failed`), and only where even that fails does it reject with `undo_failed`.
 * After either, `read` tells the truth. `removePeers` is never undone: a peer that is gone stays gone.
 *
 * Order: calls on one adapter run one after the other, in call order. Adapters of several processes on one
 * interface exclude each other with a lock that ends with its holder, kill -9 included (`busy` after a wait).
 *
 * Durability: when a promise resolves, the change is in the data plane (it has been read back). The interface
 * outlives the adapter and its process: only `down` ends it.
 *
 * Secrets: no error, log line or state returned here holds a private or preshared key. The keys arrive as
 * strings, which JavaScript cannot wipe: make them from bytes right before the call and let go of them after
 * it. Preshared keys read back for an undo are held as bytes and wiped before the promise settles.
 *
 * Routes: `up` adds those that it is given and no others. The caller sets a peer's routes before it adds the
 * peer (overlay-routes.ts): without one, answers to it would leave by another interface, in the clear.
 *
 * Every method rejects with `TunnelError` and nothing else.
 */
export interface Tunnel {
  readonly interfaceName: string;

  /**
   * Creates the interface or adopts the one that is there, and brings it up. Idempotent: what fits is left
   * alone, so that sessions live on; peers are never touched. Addresses and routes that are missing are
   * added, none is taken away. A second call with the same values changes nothing and says so in its report.
   */
  up(wanted: TunnelUp): Promise<TunnelUpReport>;

  /**
   * What the interface is now, peers in the order of their keys' text. Rejects with `not_up` where there is
   * no interface.
   */
  read(): Promise<WgDeviceState>;

  /**
   * Replaces PSKs in place, in one set: no session is dropped, the new key counts from the next handshake on.
   * A peer that is not there is refused (`unknown_peer`) and never created, since that would re-admit a
   * removed peer.
   */
  setPresharedKeys(changes: readonly PresharedKeyChange[]): Promise<void>;

  /**
   * Adds peers in one set. Idempotent: one that is there is brought to the given PSK, allowed IPs and
   * keepalive in place, and its endpoint is left alone, since WireGuard may have learnt a better one. An
   * allowed IP that another peer holds is refused (`allowed_ip_taken`), as WireGuard would silently move it.
   */
  addPeers(peers: readonly NewPeer[]): Promise<void>;

  /**
   * When it resolves, no packet passes to or from these peers. Idempotent: peers that are not there are fine.
   */
  removePeers(publicKeys: readonly WgPublicKey[]): Promise<void>;

  /**
   * Sets a peer's endpoint, allowed IPs or both; its PSK and session stay. `unknown_peer` where it is not
   * there.
   */
  updatePeer(change: PeerUpdate): Promise<void>;

  /** Removes the interface with its routes, sessions and files. Idempotent: nothing there is fine. */
  down(): Promise<void>;
}
