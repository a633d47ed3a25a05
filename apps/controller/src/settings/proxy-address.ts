// The form of the addresses in `trusted_proxies`.

import { BlockList, isIP } from 'node:net';

/** @param text an address, or a network as ADDRESS/LENGTH @throws Error with the form that is wanted */
export function networkListOf(text: string): BlockList {
  const [, address = '', prefix] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  const length = prefix === undefined ? undefined : Number(prefix);
  if (family === 0 || (length ?? 0) > (family === 4 ? 32 : 128))
    throw new Error('write an address (192.0.2.1) or a network (192.0.2.0/24)');
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (length === undefined) list.addAddress(address, type);
  else list.addSubnet(address, length, type);
  return list;
}
