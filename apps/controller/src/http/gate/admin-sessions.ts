// The sessions of the dashboard. A session stands for the API key that it was begun with: it has the role
// that the key has, and ends with it. Sessions are in memory only, by the hash of their token, so that they
// end with the process, and whoever reads its memory later finds no token.

import { createHash } from 'node:crypto';
import type { CancelTimer, Clock, Timers } from '@mesh/host';
import type { AdminKeyRecord, MeshView } from '@mesh/membership';
import { toHex } from '@mesh/primitives';
import type { AdminKeyId } from '@mesh/protocol';

const TOKEN_BYTES = 32;
/** Of one key. A further one ends the one that was used least recently. */
const MOST_PER_KEY = 32;

export interface AdminSession {
  readonly keyId: AdminKeyId;
  /** When it ends however much it is used: milliseconds since 1970. */
  readonly endsAtMs: number;
}

export interface AdminSessionsOptions {
  readonly view: Pick<MeshView, 'adminKey'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly idleMs: number;
  readonly longestMs: number;
}

/** Whether somebody uses the page, or the page asks by itself. */
export type SessionUse = 'user' | 'page';

interface Kept extends AdminSession {
  /** By the monotonic clock. */
  readonly endsAtMonotonicMs: number;
  usedAtMs: number;
  cancelTimer: CancelTimer;
  readonly onEnd: Set<() => void>;
}

export class AdminSessions {
  readonly #options: AdminSessionsOptions;
  /** By the SHA-256 of the token. The least recently used is first. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: AdminSessionsOptions) {
    this.#options = options;
  }

  get idleMs(): number {
    return this.#options.idleMs;
  }

  /** @returns the token, which is secret, and the session */
  begin(key: Pick<AdminKeyRecord, 'keyId' | 'expiresAtMs'>): {
    readonly token: string;
    readonly session: AdminSession;
  } {
    const { clock, randomBytes, longestMs } = this.#options;
    const ofKey = [...this.#kept].filter(([, { keyId }]) => keyId === key.keyId);
    for (const [name] of ofKey.slice(0, Math.max(0, ofKey.length + 1 - MOST_PER_KEY))) this.#drop(name);
    const token = toHex(randomBytes(TOKEN_BYTES));
    const name = nameOf(token);
    const nowMs = clock.monotonicMs();
    const kept: Kept = {
      keyId: key.keyId,
      endsAtMs: Math.min(key.expiresAtMs, Math.floor(clock.nowMs()) + longestMs),
      endsAtMonotonicMs: nowMs + longestMs,
      usedAtMs: nowMs,
      cancelTimer: () => undefined,
      onEnd: new Set(),
    };
    this.#kept.set(name, kept);
    this.#arm(name, kept);
    return { token, session: kept };
  }

  /** @returns undefined if there is no such session, or it has ended, or its key has */
  find(
    token: string,
    use: SessionUse,
  ): { readonly session: AdminSession; readonly key: AdminKeyRecord } | undefined {
    const name = nameOf(token);
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    const key = this.#options.view.adminKey(kept.keyId);
    if (key === undefined || this.#leftMs(kept, key) <= 0) {
      this.#drop(name);
      return undefined;
    }
    if (use === 'user') {
      kept.usedAtMs = this.#options.clock.monotonicMs();
      // Behind all others.
      this.#kept.delete(name);
      this.#kept.set(name, kept);
    }
    return { session: kept, key };
  }

  /**
   * Calls back once when the session ends; at once if it has ended.
   *
   * @returns a function that takes the call back
   */
  onEnd(token: string, ended: () => void): () => void {
    const kept = this.#kept.get(nameOf(token));
    if (kept === undefined) {
      ended();
      return () => undefined;
    }
    kept.onEnd.add(ended);
    return () => kept.onEnd.delete(ended);
  }

  /** Does nothing if there is no such session. */
  end(token: string): void {
    this.#drop(nameOf(token));
  }

  /** Call it when a key was withdrawn. The caller ends the requests that came with it. */
  forgetThoseOf(keyId: AdminKeyId): void {
    for (const [name, kept] of this.#kept) {
      if (kept.keyId !== keyId) continue;
      kept.onEnd.clear();
      this.#drop(name);
    }
  }

  close(): void {
    for (const name of [...this.#kept.keys()]) this.#drop(name);
  }

  #leftMs({ usedAtMs, endsAtMonotonicMs }: Kept, key: Pick<AdminKeyRecord, 'expiresAtMs'>): number {
    const { clock, idleMs } = this.#options;
    const nowMs = clock.monotonicMs();
    return Math.min(
      usedAtMs + idleMs - nowMs,
      endsAtMonotonicMs - nowMs,
      key.expiresAtMs - Math.floor(clock.nowMs()),
    );
  }

  /** A timer looks again when the session could end at the earliest. */
  #arm(name: string, kept: Kept): void {
    const key = this.#options.view.adminKey(kept.keyId);
    const leftMs = key === undefined ? 0 : this.#leftMs(kept, key);
    if (leftMs <= 0) {
      this.#drop(name);
      return;
    }
    kept.cancelTimer = this.#options.timers.setTimer(leftMs, () => this.#arm(name, kept), {
      background: true,
    });
  }

  #drop(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    kept.cancelTimer();
    for (const ended of kept.onEnd) ended();
  }
}

const nameOf = (token: string): string => createHash('sha256').update(token).digest('hex');
