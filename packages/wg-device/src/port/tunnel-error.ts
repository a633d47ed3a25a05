// The error of this package. Callers branch on `code`, never on the text.

export type TunnelErrorCode =
  /** WireGuard or the system would misread a value: nothing was changed. */
  | 'invalid_input'
  /** There is no such interface: call `up`. */
  | 'not_up'
  /** The name belongs to something that is not a WireGuard interface: choose another name. */
  | 'interface_taken'
  /** The peer is not on the interface: nothing was changed. */
  | 'unknown_peer'
  /** Another peer has that allowed IP: nothing was changed. */
  | 'allowed_ip_taken'
  /** This host routes the address block to another interface. */
  | 'route_conflict'
  /** A change failed. What a change of peers had applied was undone, except removals. */
  | 'apply_failed'
  /** A change failed, and undoing it failed as well: read the interface and reconcile. */
  | 'undo_failed'
  /** Another process kept the interface's lock for too long. */
  | 'busy'
  /** A program or socket did not answer in time; whether it applied the change is unknown until `read`. */
  | 'timeout'
  /** This host lacks a program, a kernel feature or /dev/net/tun. */
  | 'unavailable'
  /** This process lacks CAP_NET_ADMIN, or access to a socket, a program or the runtime folder. */
  | 'permission_denied'
  /** A program or socket gave an answer that cannot be read, or this package has a fault. */
  | 'unexpected_answer';

/** Messages name interfaces, public keys and error numbers, never a private or preshared key. */
export class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly code: TunnelErrorCode;

  constructor(code: TunnelErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
