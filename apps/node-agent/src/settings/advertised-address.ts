// An address under which peers reach this node. Its port is that of listen_port, and peers do not resolve names.

import { isUsableUnderlay, parseIpAddress } from '@mesh/wg';

/** @throws Error that says which form is accepted */
export function checkAdvertised(text: string): void {
  if (isAddress(text)) {
    // The controller would silently leave it out.
    if (isUsableUnderlay(parseIpAddress(text), [])) return;
    throw new Error(
      `${text} is no address that another host could reach: write one of this host's on the underlay`,
    );
  }
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d*)?$/, '$1')
    .replace(/^([\d.]+):\d*$/, '$1');
  const form =
    'an IPv4 or IPv6 address alone, without port or brackets (the port is listen_port); names are not resolved';
  throw new Error(isAddress(bare) ? `write \`${bare}\`: ${form}` : `write ${form}`);
}

function isAddress(text: string): boolean {
  try {
    parseIpAddress(text);
    return true;
  } catch {
    return false;
  }
}
