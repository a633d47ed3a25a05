// What a pair may use if it may not use everything: one TCP service of one end.

import { TunnelError } from '../port/tunnel-error.ts';

/** Whose port it is: that of this host, or that of the peer. */
const ENDS = ['self', 'peer'] as const;
export type ServiceEnd = (typeof ENDS)[number];

declare const brand: unique symbol;
/**
 * The one service that a pair may use: TCP to and from this port of this end. The other end alone can begin a
 * connection.
 */
export type OnlyService = {
  readonly port: number;
  readonly of: ServiceEnd;
} & { readonly [brand]: 'only-service' };

/** @throws TunnelError `invalid_input` */
export function parseOnlyService({ port, of }: { readonly port: number; readonly of: string }): OnlyService {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new TunnelError('invalid_input', 'the port of a service is a whole number from 1 to 65535');
  const end = ENDS.find((known) => known === of);
  if (end === undefined) throw new TunnelError('invalid_input', 'a service is one of self or of peer');
  return { port, of: end } as OnlyService;
}

export function isSameService(one: OnlyService | undefined, other: OnlyService | undefined): boolean {
  return one?.port === other?.port && one?.of === other?.of;
}
