// Messages between the benchmark and a server that only exchanges bytes.

import type { ServerTls } from '../mutual-tls.ts';

/** What the server does with the bytes of a request. */
export type ExchangeKind =
  /** Counts them, and answers with prepared bytes. */
  | 'socket'
  /** The same in records of TLS 1.3, with certificates on both sides. */
  | 'tls'
  /** Parses them with node:http, does not read the body, and lets node:http write the answer. */
  | 'http';

export interface ExchangeSetup {
  readonly kind: ExchangeKind;
  readonly requestLengthBytes: number;
  /** The body of each answer. */
  readonly answer: string;
  readonly tls: ServerTls;
}

export type ExchangeRequest =
  | { readonly op: 'setup'; readonly setup: ExchangeSetup }
  | { readonly op: 'cpu' };

export type ExchangeReply =
  | { readonly op: 'ready'; readonly port: number }
  /** CPU time of the server's process so far. */
  | { readonly op: 'cpu'; readonly user: number; readonly system: number };
