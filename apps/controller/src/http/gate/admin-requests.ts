// The requests of the network door that are under way, by the key or certificate that they came with. When a
// key ends, so do they: a request whose body is still on its way changes nothing any more, and an answer that
// goes on and on stops.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CancelTimer, Clock, Timers } from '@mesh/host';
import type { Actor } from '@mesh/membership';
import type { AdminCaller } from './admin-caller.ts';
import { drop } from './end-connection.ts';
import { TokenBucket } from './token-bucket.ts';

/** How long a request that has come whole may still be answered when its key was ended. */
const END_WITHIN_MS = 1_000;

interface UnderWay {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export class AdminRequests {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #perMinute: number;
  readonly #underWay = new Map<string, Set<UnderWay>>();
  /**
   * One for each key, certificate and person that has come, so there are not more than there are of these.
   */
  readonly #allowances = new Map<string, TokenBucket>();

  constructor(clock: Clock, timers: Timers, perMinute: number) {
    this.#clock = clock;
    this.#timers = timers;
    this.#perMinute = perMinute;
  }

  /** @returns the seconds that the caller has to wait; 0 if the request may pass */
  waitSeconds({ actor }: AdminCaller): number {
    const nowMs = this.#clock.monotonicMs();
    const name = nameOf(actor);
    const allowance = this.#allowances.get(name) ?? new TokenBucket(this.#perMinute, nowMs);
    this.#allowances.set(name, allowance);
    return allowance.tryTake(nowMs) === 'taken' ? 0 : allowance.secondsToNext(nowMs);
  }

  /** Follows a request until it is answered. If its key or certificate ends before, its connection ends. */
  follow({ actor, expiresAtMs }: AdminCaller, request: IncomingMessage, response: ServerResponse): void {
    const name = nameOf(actor);
    const each: UnderWay = { request, response };
    const others = this.#underWay.get(name) ?? new Set();
    this.#underWay.set(name, others.add(each));
    const cancel = this.#endAt(expiresAtMs, request);
    response.once('close', () => {
      cancel();
      others.delete(each);
      if (others.size === 0) this.#underWay.delete(name);
    });
  }

  /**
   * Ends the connections of all requests of a key: at once where the request has not come whole, else when it
   * is answered or after a second.
   */
  end(actor: Actor): void {
    const name = nameOf(actor);
    this.#allowances.delete(name);
    for (const { request, response } of this.#underWay.get(name) ?? []) {
      if (!request.complete) {
        drop(request.socket);
        continue;
      }
      const cancel = this.#timers.setTimer(END_WITHIN_MS, () => drop(request.socket), { background: true });
      response.once('close', () => {
        cancel();
        request.socket.destroySoon();
      });
    }
  }

  #endAt(expiresAtMs: number | undefined, { socket }: IncomingMessage): CancelTimer {
    if (expiresAtMs === undefined) return () => undefined;
    const leftMs = expiresAtMs - this.#clock.nowMs();
    return this.#timers.setTimer(leftMs, () => drop(socket), { background: true });
  }
}

const nameOf = (actor: Actor): string => ('id' in actor ? `${actor.kind} ${actor.id}` : actor.kind);
