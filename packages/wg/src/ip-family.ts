// The two versions of IP, and how their texts differ.

export const IP_FAMILIES = [4, 6] as const;

export type IpFamily = (typeof IP_FAMILIES)[number];

/** The bits of an address, which is also the prefix length of a single host. */
export const IP_ADDRESS_BITS: Readonly<Record<IpFamily, number>> = { 4: 32, 6: 128 };

/**
 * The family of an address, with or without a prefix length. The text is not checked: everything with a colon
 * counts as IPv6.
 */
export function ipFamily(text: string): IpFamily {
  return text.includes(':') ? 6 : 4;
}

/**
 * `HOST:PORT`, with an IPv6 address in brackets (RFC 3986, section 3.2.2). The host may also be a name.
 */
export function joinHostPort(host: string, port: number): string {
  return ipFamily(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
