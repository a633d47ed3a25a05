// The sessions of the dashboard. A session stands for the API key that it was begun with: it has the role
// that the key has, and ends with it. Or it stands for a person whom an OpenID provider vouched for, with the
// role that this person's groups had then. Sessions are in memory only, by the hash of their token, so that
// they end with the process, and a later reader of its memory finds no token.

import { createHash } from 'node:crypto';
import type { CancelTimer, Clock, Timers } from '@mesh/host';
import type { MeshView } from '@mesh/membership';
import { toHex } from '@mesh/primitives';
import type { AdminKeyId, AdminRole } from '@mesh/protocol';
import { type AdminCaller, callerOfKey } from './admin-caller.ts';

const TOKEN_BYTES = 32;
/** Of one key or person. A further one ends the one that was used least recently. */
const MOST_PER_OWNER = 32;

/** Whom a session stands for. */
export type SessionOwner =
  /** It is looked up on every request. */
  | { readonly kind: 'key'; readonly keyId: AdminKeyId }
  /** `id` is the actor's in the log. */
  | { readonly kind: 'person'; readonly id: string; readonly name: string; readonly role: AdminRole };

/** Who asks with a session, as of now. */
export interface SessionCaller extends AdminCaller {
  readonly role: AdminRole;
  readonly expiresAtMs: number;
  /** For people. */
  readonly name: string;
}

export interface AdminSession {
  readonly owner: SessionOwner;
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

  /**
   * @returns the token, which is secret, and the session; undefined if the key of the owner has ended
   */
  begin(
    owner: SessionOwner,
  ): { readonly token: string; readonly session: AdminSession; readonly caller: SessionCaller } | undefined {
    const { clock, randomBytes, longestMs } = this.#options;
    const endsAtMs = Math.floor(clock.nowMs()) + longestMs;
    const caller = this.#callerOf(owner, endsAtMs);
    if (caller === undefined) return undefined;
    const others = [...this.#kept].filter(([, kept]) => ownerKey(kept.owner) === ownerKey(owner));
    for (const [hash] of others.slice(0, Math.max(0, others.length + 1 - MOST_PER_OWNER))) this.#drop(hash);
    const token = toHex(randomBytes(TOKEN_BYTES));
    const hash = hashOf(token);
    const nowMs = clock.monotonicMs();
    const kept: Kept = {
      owner,
      endsAtMs: Math.min(caller.expiresAtMs, endsAtMs),
      endsAtMonotonicMs: nowMs + longestMs,
      usedAtMs: nowMs,
      cancelTimer: () => undefined,
      onEnd: new Set(),
    };
    this.#kept.set(hash, kept);
    this.#arm(hash, kept);
    return { token, session: kept, caller };
  }

  /** @returns undefined if there is no such session, or it has ended, or its key has */
  find(
    token: string,
    use: SessionUse,
  ): { readonly session: AdminSession; readonly caller: SessionCaller } | undefined {
    const hash = hashOf(token);
    const kept = this.#kept.get(hash);
    if (kept === undefined) return undefined;
    const caller = this.#callerOf(kept.owner, kept.endsAtMs);
    if (caller === undefined || this.#leftMs(kept, caller) <= 0) {
      this.#drop(hash);
      return undefined;
    }
    if (use === 'user') {
      kept.usedAtMs = this.#options.clock.monotonicMs();
      // Behind all others.
      this.#kept.delete(hash);
      this.#kept.set(hash, kept);
    }
    return { session: kept, caller };
  }

  /**
   * Calls back once when the session ends; immediately if it has ended. Sessions that `forgetThoseOf` drops
   * do not call back.
   *
   * @returns a function that takes the call back
   */
  onEnd(token: string, ended: () => void): () => void {
    const kept = this.#kept.get(hashOf(token));
    if (kept === undefined) {
      ended();
      return () => undefined;
    }
    kept.onEnd.add(ended);
    return () => kept.onEnd.delete(ended);
  }

  /** Does nothing if there is no such session. */
  end(token: string): void {
    this.#drop(hashOf(token));
  }

  /** Call it when a key was withdrawn. The caller ends the requests that came with it. */
  forgetThoseOf(keyId: AdminKeyId): void {
    for (const [hash, kept] of this.#kept) {
      if (kept.owner.kind !== 'key' || kept.owner.keyId !== keyId) continue;
      kept.onEnd.clear();
      this.#drop(hash);
    }
  }

  close(): void {
    for (const hash of [...this.#kept.keys()]) this.#drop(hash);
  }

  /** @returns undefined if there is no such key any more */
  #callerOf(owner: SessionOwner, endsAtMs: number): SessionCaller | undefined {
    if (owner.kind === 'person') {
      const { id, name, role } = owner;
      return { actor: { kind: 'oidc', id }, role, name, expiresAtMs: endsAtMs };
    }
    const key = this.#options.view.adminKey(owner.keyId);
    return key && { ...callerOfKey(key), name: key.name };
  }

  #leftMs({ usedAtMs, endsAtMonotonicMs }: Kept, { expiresAtMs }: SessionCaller): number {
    const { clock, idleMs } = this.#options;
    const nowMs = clock.monotonicMs();
    return Math.min(
      usedAtMs + idleMs - nowMs,
      endsAtMonotonicMs - nowMs,
      expiresAtMs - Math.floor(clock.nowMs()),
    );
  }

  /** A timer looks again when the session could end at the earliest. */
  #arm(hash: string, kept: Kept): void {
    const caller = this.#callerOf(kept.owner, kept.endsAtMs);
    const leftMs = caller === undefined ? 0 : this.#leftMs(kept, caller);
    if (leftMs <= 0) {
      this.#drop(hash);
      return;
    }
    kept.cancelTimer = this.#options.timers.setTimer(leftMs, () => this.#arm(hash, kept), {
      background: true,
    });
  }

  #drop(hash: string): void {
    const kept = this.#kept.get(hash);
    if (kept === undefined) return;
    this.#kept.delete(hash);
    kept.cancelTimer();
    for (const ended of kept.onEnd) ended();
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const ownerKey = (owner: SessionOwner): string =>
  owner.kind === 'key' ? `key ${owner.keyId}` : `person ${owner.id}`;
