// Finds overlay addresses for nodes: the lowest free address of each configured network. Network and
// broadcast addresses are reserved.

import {
  type Cidr,
  formatIpBytes,
  IP_ADDRESS_BITS,
  type IpAddress,
  type IpFamily,
  ipFamily,
  parseCidr,
  parseIpAddress,
  parseIpBytes,
} from '@mesh/wg';

export interface OverlayNetwork {
  /** `10.77.0.0/16` */
  readonly cidr: Cidr;
  readonly family: IpFamily;
  readonly prefixLength: number;
  /** The first and the last address that a node may have. */
  readonly first: bigint;
  readonly last: bigint;
}

/** At most this many addresses of an IPv6 network are used. An IPv6 network is larger than any mesh. */
const MAX_HOSTS = 1n << 20n;

/** @throws WgError for a text that is not a network; RangeError for a network without room for nodes */
export function parseOverlayNetwork(text: string): OverlayNetwork {
  const cidr = parseCidr(text);
  const [address = '', length = ''] = cidr.split('/');
  const bytes = parseIpBytes(address);
  const family = ipFamily(cidr);
  const hostBits = BigInt(IP_ADDRESS_BITS[family] - Number(length));
  const size = 1n << hostBits;
  if (size < 4n) throw new RangeError(`${cidr} has no room for nodes: use a network of at least 4 addresses`);
  const base = toNumber(bytes);
  // IPv6 has no broadcast, but its first address is the subnet-router anycast (RFC 4291 section 2.6.1).
  const last = family === 4 ? base + size - 2n : base + (size - 1n < MAX_HOSTS ? size - 1n : MAX_HOSTS);
  return { cidr, family, prefixLength: Number(length), first: base + 1n, last };
}

/**
 * Finds free addresses. It remembers up to where all addresses are taken, so that filling a network costs one
 * pass.
 */
export class AddressPool {
  readonly networks: readonly OverlayNetwork[];
  readonly #isTakenOnDisk: (address: IpAddress) => boolean;
  readonly #next: bigint[];

  /** @param isTakenOnDisk whether a node that is on disk has the address */
  constructor(networks: readonly OverlayNetwork[], isTakenOnDisk: (address: IpAddress) => boolean) {
    this.networks = networks;
    this.#isTakenOnDisk = isTakenOnDisk;
    this.#next = networks.map((network) => network.first);
  }

  /** Call it when addresses that nodes had on disk are those of no node any more. */
  reconsider(): void {
    for (const [at, network] of this.networks.entries()) this.#next[at] = network.first;
  }

  /**
   * Finds one free address per network. It returns undefined if one of the networks is full.
   *
   * @param isTaken whether the address cannot be given: any node has it, even a node that is not on disk yet,
   *   or it is held back
   */
  allocate(isTaken: (address: IpAddress) => boolean): readonly IpAddress[] | undefined {
    const addresses: IpAddress[] = [];
    for (const [at, network] of this.networks.entries()) {
      const free = (from: bigint, taken: (address: IpAddress) => boolean): bigint => {
        let candidate = from;
        while (candidate <= network.last && taken(toText(candidate, network.family))) candidate += 1n;
        return candidate;
      };
      // Addresses that only the batch in progress has taken become free again if the disk refuses the batch.
      const lowest = free(this.#next[at] ?? network.first, this.#isTakenOnDisk);
      this.#next[at] = lowest;
      const candidate = free(lowest, isTaken);
      if (candidate > network.last) return undefined;
      addresses.push(toText(candidate, network.family));
    }
    return addresses;
  }
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toText(value: bigint, family: IpFamily): IpAddress {
  const bytes = new Uint8Array(IP_ADDRESS_BITS[family] / 8);
  for (let at = bytes.length - 1, rest = value; at >= 0; at--, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return parseIpAddress(formatIpBytes(bytes));
}
