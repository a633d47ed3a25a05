import { describe, expect, it } from 'vitest';
import { FIRST_HANDSHAKE_WITHIN_MS, handshakeHealth, SESSION_LIFETIME_MS } from '../src/index.ts';

describe('handshakeHealth', () => {
  it.each([
    ['a fresh handshake', 0, 0, 'up'],
    ['a handshake at the end of its session', SESSION_LIFETIME_MS, 10 * SESSION_LIFETIME_MS, 'up'],
    ['a handshake older than any session', SESSION_LIFETIME_MS + 1, 10 * SESSION_LIFETIME_MS, 'overdue'],
    ['an old handshake of a pair that was configured again', SESSION_LIFETIME_MS + 1, 0, 'waiting'],
    ['no handshake in a young pair', undefined, FIRST_HANDSHAKE_WITHIN_MS, 'waiting'],
    ['no handshake in a pair that had its time', undefined, FIRST_HANDSHAKE_WITHIN_MS + 1, 'overdue'],
  ] as const)('calls %s %s', (_what, handshakeAgeMs, configuredForMs, expected) => {
    expect(handshakeHealth({ handshakeAgeMs, configuredForMs })).toBe(expected);
  });
});
