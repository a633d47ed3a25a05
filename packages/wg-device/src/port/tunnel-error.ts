// The one error of the tunnel port and its adapters; callers branch on `code`, never on text.

export type TunnelErrorCode =
  /** A value that WireGuard or the system would misread: nothing was touched. */
  | 'invalid_input'
  /** There is no such interface: call `up`. */
  | 'not_up'
  /** The name belongs to something that is not a WireGuard interface: choose another name. */
  | 'interface_taken'
  /** The peer is not on the interface: nothing was touched. */
  | 'unknown_peer'
  /** Another peer holds that allowed IP: nothing was touched. */
  | 'allowed_ip_taken'
  /** The address block is routed elsewhere on this host. */
  | 'route_conflict'
  /** The change was refused and what had been applied of it was undone. */
  | 'apply_failed'
  /** The change was refused and undoing it failed as well: read the interface and reconcile. */
  | 'undo_failed'
  /** Another process kept the interface's lock for too long. */
  | 'busy'
  /** A program or socket did not answer in time; whether it applied the change is unknown until `read`. */
  | 'timeout'
  /** WireGuard, `ip` or /dev/net/tun is missing here. */
  | 'unavailable'
  /** CAP_NET_ADMIN or access to the socket is missing. */
  | 'permission_denied'
  /** A program or socket answered with something else than agreed. */
  | 'unexpected_answer';

/** Messages name interfaces, public keys and error numbers; never a private or preshared key. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly code: TunnelErrorCode;

  constructor(code: TunnelErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
