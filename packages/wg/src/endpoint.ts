// The address of a peer on the underlay: an IP literal and a port. Names are refused, because WireGuard would
// block while it resolves them, and would do so only once. Addresses that no single peer can have are refused
// too.

import { defined } from '@mesh/primitives';
import { WgError } from './errors.ts';
import { type IpAddress, parseIpAddress, parseReportedIpAddress } from './ip-address.ts';
import { ipFamily, joinHostPort } from './ip-family.ts';
import { checkInteger, MAX_PORT, parseDecimal } from './numbers.ts';

export interface Endpoint {
  readonly host: IpAddress;
  readonly port: number;
}

/** An endpoint that a device learnt from traffic. `zone` is the interface of a link-local address. */
export interface LearntEndpoint extends Endpoint {
  readonly zone?: string;
}

const MAX_TEXT_LENGTH = 64;

/**
 * Reads `203.0.113.7:51820` or `[2001:db8::7]:51820`.
 * @throws WgError `invalid_endpoint` for anything else: names, zone ids, port 0, unspecified, multicast,
 *   broadcast.
 */
export function parseEndpoint(value: unknown): Endpoint {
  const { host, port, zone } = split(value);
  if (zone !== undefined) throw refused('zone ids mean nothing to another host');
  return checkEndpoint({ host, port: readPort(port, 1) });
}

/**
 * Writes an endpoint as {@link parseEndpoint} reads it. Validates it again.
 *
 * @throws WgError `invalid_endpoint`
 */
export function formatEndpoint(endpoint: Endpoint): string {
  const { host, port } = checkEndpoint(endpoint);
  return joinHostPort(host, port);
}

/**
 * Gives a canonical copy of an endpoint whose fields may have come from anywhere. @throws WgError
 * `invalid_endpoint`
 */
export function checkEndpoint(endpoint: { readonly host: unknown; readonly port: unknown }): Endpoint {
  const host = asEndpointError(() => parseIpAddress(endpoint.host));
  const port = asEndpointError(() => checkInteger(endpoint.port, 'the port', 1, MAX_PORT));
  if (isNobody(host)) throw refused('the address is unspecified, multicast or broadcast');
  return { host, port };
}

/**
 * Reads the endpoint that a device reports. It may be anything that a packet came from or that an operator
 * set, so zone ids are kept, and no address or port is refused for its meaning. @throws WgError
 * `invalid_endpoint`
 */
export function parseReportedEndpoint(text: string): LearntEndpoint {
  const { host, port, zone } = split(text);
  const address = asEndpointError(() => parseReportedIpAddress(host));
  return { host: address, port: readPort(port, 0), ...defined({ zone }) };
}

interface EndpointParts {
  readonly host: string;
  readonly port: string;
  readonly zone: string | undefined;
}

function split(value: unknown): EndpointParts {
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH)
    throw refused('the text is not an endpoint');
  const match =
    /^(?<v4>[0-9.]+):(?<port4>[0-9]+)$/.exec(value) ??
    /^\[(?<v6>[0-9a-fA-F:.]+)(?:%(?<zone>[A-Za-z0-9_.-]{1,15}))?\]:(?<port6>[0-9]+)$/.exec(value);
  const { v4, port4, v6, zone, port6 } = match?.groups ?? {};
  if (v4 !== undefined && port4 !== undefined) return { host: v4, port: port4, zone: undefined };
  // Brackets belong to IPv6 only.
  if (v6 !== undefined && ipFamily(v6) === 6 && port6 !== undefined) return { host: v6, port: port6, zone };
  throw refused('the text is not an endpoint');
}

function readPort(text: string, min: number): number {
  return asEndpointError(() => parseDecimal(text, 'the port', min, MAX_PORT));
}

// IPv6 text is canonical here, so a first group of ff00 to ffff is the only one that starts with "ff" and has
// four digits.
function isNobody(host: IpAddress): boolean {
  if (ipFamily(host) === 6) return host === '::' || /^ff[0-9a-f]{2}:/.test(host);
  const first = Number(host.slice(0, host.indexOf('.')));
  return first === 0 || (first >= 224 && first <= 239) || host === '255.255.255.255';
}

function asEndpointError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof WgError ? refused(error.message) : error;
  }
}

function refused(reason: string): WgError {
  return new WgError(
    'invalid_endpoint',
    `${reason}: use ADDRESS:PORT or [ADDRESS]:PORT, port 1 to ${MAX_PORT}`,
  );
}
