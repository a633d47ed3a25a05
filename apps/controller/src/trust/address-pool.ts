// Overlay addresses for nodes: the lowest free one of each configured network. Network and broadcast addresses are
// reserved; an address is never given to a second node, since records of nodes are kept for ever.

import { parseCidr, parseIpAddress, parseIpBytes } from '@mesh/wg';

export interface OverlayNetwork {
  /** `10.77.0.0/16` */
  readonly cidr: string;
  readonly family: 4 | 6;
  readonly prefixLength: number;
  /** The first and the last address that a node may have. */
  readonly first: bigint;
  readonly last: bigint;
}

/** Widest search before a network counts as full; IPv6 networks are larger than any mesh. */
const MAX_HOSTS = 1n << 20n;

/** @throws WgError for what is no network; RangeError for one without room for nodes */
export function parseOverlayNetwork(text: string): OverlayNetwork {
  const cidr = parseCidr(text);
  const [address = '', length = ''] = cidr.split('/');
  const bytes = parseIpBytes(address);
  const family = bytes.length === 4 ? 4 : 6;
  const hostBits = BigInt(bytes.length * 8 - Number(length));
  const size = 1n << hostBits;
  if (size < 4n) throw new RangeError(`${cidr} has no room for nodes: use a network of at least 4 addresses`);
  const base = toNumber(bytes);
  // IPv6 has no broadcast, but its first address is the subnet-router anycast (RFC 4291 section 2.6.1).
  const last = family === 4 ? base + size - 2n : base + (size - 1n < MAX_HOSTS ? size - 1n : MAX_HOSTS);
  return { cidr, family, prefixLength: Number(length), first: base + 1n, last };
}

/** Finds free addresses; keeps where it stopped, so that filling a network costs one pass. */
export class AddressPool {
  readonly networks: readonly OverlayNetwork[];
  readonly #next: bigint[];

  constructor(networks: readonly OverlayNetwork[]) {
    this.networks = networks;
    this.#next = networks.map((network) => network.first);
  }

  /** One free address a network, or undefined when one of them is full. */
  allocate(isTaken: (address: string) => boolean): readonly string[] | undefined {
    const addresses: string[] = [];
    for (const [at, network] of this.networks.entries()) {
      let candidate = this.#next[at] ?? network.first;
      while (candidate <= network.last && isTaken(toText(candidate, network.family))) candidate += 1n;
      this.#next[at] = candidate;
      if (candidate > network.last) return undefined;
      addresses.push(toText(candidate, network.family));
    }
    return addresses;
  }
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toText(value: bigint, family: 4 | 6): string {
  const bytes = Array.from({ length: family === 4 ? 4 : 16 }, (_, at) =>
    Number((value >> BigInt(8 * ((family === 4 ? 3 : 15) - at))) & 0xffn),
  );
  if (family === 4) return parseIpAddress(bytes.join('.'));
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return parseIpAddress(groups.join(':'));
}
