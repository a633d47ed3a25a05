// Checks an address at which peers reach this node. It has no port, because listen_port applies, and it is no
// name, because peers do not resolve names.

import { isIpAddress, isUsableUnderlay, parseIpAddress } from '@mesh/wg';

/** @throws Error that says which form is accepted */
export function checkAdvertised(text: string): void {
  if (isIpAddress(text)) {
    // The controller would ignore an unusable address without a message.
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
  throw new Error(isIpAddress(bare) ? `write \`${bare}\`: ${form}` : `write ${form}`);
}
