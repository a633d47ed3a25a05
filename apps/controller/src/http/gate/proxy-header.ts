// Reads the header that a proxy sends ahead of a connection: the PROXY protocol, versions 1 and 2
// (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). Its additional fields are skipped.

import { isIP } from 'node:net';
import { plainAddress } from '@mesh/host';
import { formatIpBytes } from '@mesh/wg';

/** Version 1 has at most 107 bytes. Version 2 says its length, of which this much is accepted. */
const MAX_V1_BYTES = 107;
export const MAX_HEADER_BYTES = 16 + 512;

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V1_START = Buffer.from('PROXY ', 'latin1');
const TCP4 = 0x11;
const TCP6 = 0x21;

export type ProxyHeader =
  /** More bytes are needed to say. */
  | { readonly kind: 'incomplete' }
  /** It is no header of the protocol, or one that is too long. */
  | { readonly kind: 'invalid' }
  /** `source` is undefined if the proxy connects for itself or does not know for whom. */
  | { readonly kind: 'header'; readonly source: string | undefined; readonly lengthBytes: number };

const INCOMPLETE = { kind: 'incomplete' } as const;
const INVALID = { kind: 'invalid' } as const;

/** Reads a header at the beginning of what a connection has sent. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, SIGNATURE)) return bytes.length < 16 ? INCOMPLETE : readV2(bytes);
  return startsLike(bytes, V1_START) ? readV1(bytes) : INVALID;
}

/** Whether the bytes, as far as they go, are those of the start. */
function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, MAX_V1_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length < MAX_V1_BYTES ? INCOMPLETE : INVALID;
  const lengthBytes = end + 2;
  const line = bytes.toString('latin1', 0, end);
  if (/^PROXY UNKNOWN(?: .*)?$/.test(line)) return { kind: 'header', source: undefined, lengthBytes };
  const fields = /^PROXY TCP([46]) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) (\d{1,5}) (\d{1,5})$/.exec(line);
  const [, family, source = '', destination = '', ...ports] = fields ?? [];
  const isSound =
    fields !== null &&
    [source, destination].every((address) => isIP(address) === Number(family)) &&
    ports.every((port) => Number(port) <= 65_535);
  return isSound ? { kind: 'header', source: plainAddress(source), lengthBytes } : INVALID;
}

function readV2(bytes: Buffer): ProxyHeader {
  const [version, command] = [bytes.readUInt8(12) >> 4, bytes.readUInt8(12) & 0x0f];
  const lengthBytes = 16 + bytes.readUInt16BE(14);
  if (version !== 2 || command > 1 || lengthBytes > MAX_HEADER_BYTES) return INVALID;
  if (bytes.length < lengthBytes) return INCOMPLETE;
  // A health check of the proxy itself.
  if (command === 0) return { kind: 'header', source: undefined, lengthBytes };
  const family = bytes.readUInt8(13);
  if (family === TCP4 && lengthBytes >= 16 + 12)
    return { kind: 'header', source: formatIpBytes(bytes.subarray(16, 20)), lengthBytes };
  if (family === TCP6 && lengthBytes >= 16 + 36)
    return { kind: 'header', source: plainAddress(formatIpBytes(bytes.subarray(16, 32))), lengthBytes };
  // Unspecified, or a family that no TCP connection has.
  return family === 0 ? { kind: 'header', source: undefined, lengthBytes } : INVALID;
}
