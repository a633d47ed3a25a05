// What binds a sign-in by OpenID Connect to the browser that began it. The browser has a ticket in a cookie;
// state, nonce and PKCE verifier are made from the ticket with a key of this process. So beginning costs the
// controller no memory, an answer of the provider is worth nothing in another browser, and nothing outlives
// the process. What is remembered is which tickets were used, until they would have ended.

import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@mesh/host';
import { equalBytes, toHex } from '@mesh/primitives';
import { COOKIE_ATTRIBUTES, cookieOf } from '../session-cookie.ts';

const NAME = '__Host-mesh-sign-in';
const TICKET = /^([0-9a-f]{32})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;
const ID_BYTES = 16;
const KEY_BYTES = 32;
/** How long a person may take at the provider. */
const LIFETIME_MS = 10 * 60_000;
/** With more than that within a ticket's lifetime, further answers are refused for a while. */
const MOST_USED = 10_000;

/** Makes the browser forget it. */
export const NO_TICKET_COOKIE = `${NAME}=; ${COOKIE_ATTRIBUTES}; Max-Age=0`;

/** What the provider is told of a sign-in, or asked to give back. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly verifier: string;
}

/**
 * - `none`: the browser has no ticket of this process.
 * - `expired`: it took too long.
 * - `other_browser`: the answer is not to the sign-in that this browser began last.
 * - `used`: the ticket was used before.
 * - `busy`: too many tickets are being used.
 */
export type TicketFault = 'none' | 'expired' | 'other_browser' | 'used' | 'busy';

export class SignInTickets {
  readonly #key: Uint8Array;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #randomBytes: (length: number) => Uint8Array;
  /** The ids of used tickets, and when they end by the monotonic clock. The oldest use is first. */
  readonly #used = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, randomBytes: (length: number) => Uint8Array) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
    this.#key = randomBytes(KEY_BYTES);
  }

  begin(): { readonly cookie: string; readonly secrets: SignInSecrets } {
    const endsAtMs = Math.ceil(this.#clock.monotonicMs() + LIFETIME_MS);
    const body = `${toHex(this.#randomBytes(ID_BYTES))}.${endsAtMs}`;
    const cookie = `${NAME}=${body}.${this.#mac('ticket', body)}; ${COOKIE_ATTRIBUTES}; Max-Age=${LIFETIME_MS / 1_000}`;
    return { cookie, secrets: this.#secretsOf(body) };
  }

  /** Uses up the ticket of a request, if the state that the provider gave back is that of the ticket. */
  redeem(
    headers: IncomingHttpHeaders,
    state: string | null,
  ): { readonly kind: 'redeemed'; readonly secrets: SignInSecrets } | { readonly kind: TicketFault } {
    const nowMs = this.#clock.monotonicMs();
    const [, id, ends, mac] = TICKET.exec(cookieOf(headers.cookie, NAME, TICKET) ?? '') ?? [];
    if (id === undefined || ends === undefined || mac === undefined) return { kind: 'none' };
    const body = `${id}.${ends}`;
    if (!equalTexts(mac, this.#mac('ticket', body))) return { kind: 'none' };
    if (nowMs >= Number(ends)) return { kind: 'expired' };
    const secrets = this.#secretsOf(body);
    if (state === null || !equalTexts(state, secrets.state)) return { kind: 'other_browser' };
    this.#forgetEnded(nowMs);
    if (this.#used.has(id)) return { kind: 'used' };
    if (this.#used.size >= MOST_USED) return { kind: 'busy' };
    this.#used.set(id, Number(ends));
    return { kind: 'redeemed', secrets };
  }

  #forgetEnded(nowMs: number): void {
    for (const [id, endsAtMs] of this.#used) if (endsAtMs <= nowMs) this.#used.delete(id);
  }

  #secretsOf(body: string): SignInSecrets {
    return {
      state: this.#mac('state', body),
      nonce: this.#mac('nonce', body),
      // 43 characters of base64url: RFC 7636 section 4.1.
      verifier: this.#mac('verifier', body),
    };
  }

  #mac(label: string, body: string): string {
    return createHmac('sha256', this.#key).update(`${label} ${body}`).digest('base64url');
  }
}

const equalTexts = (one: string, other: string): boolean => equalBytes(Buffer.from(one), Buffer.from(other));
