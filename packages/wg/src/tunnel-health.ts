// Judges whether a tunnel's handshake is healthy. If the two ends have different preshared keys, the only
// sign is a handshake that never happens or grows old.

/**
 * WireGuard rejects a session's keys this long after its handshake (whitepaper section 6.1,
 * REJECT_AFTER_TIME).
 */
export const SESSION_LIFETIME_MS = 180_000;

/**
 * Five tries of 5 s each (REKEY_TIMEOUT) and some slack: a handshake that has not come by then is not merely
 * slow.
 */
export const FIRST_HANDSHAKE_WITHIN_MS = 30_000;

export type HandshakeHealth = 'up' | 'waiting' | 'overdue';

export interface HandshakeObservation {
  /** Milliseconds since the last handshake; undefined if there was no handshake. */
  readonly handshakeAgeMs: number | undefined;
  /** How long the pair has been configured, as far as the observer knows. */
  readonly configuredForMs: number;
}

/**
 * Judges a pair whose keepalive makes it shake hands again every 120 s.
 *
 * @returns `waiting` for a young pair without a handshake, `overdue` if a handshake is missing: the keys at
 *   the two ends differ, or no packet gets through
 */
export function handshakeHealth({ handshakeAgeMs, configuredForMs }: HandshakeObservation): HandshakeHealth {
  if (handshakeAgeMs !== undefined && handshakeAgeMs <= SESSION_LIFETIME_MS) return 'up';
  return configuredForMs <= FIRST_HANDSHAKE_WITHIN_MS ? 'waiting' : 'overdue';
}
