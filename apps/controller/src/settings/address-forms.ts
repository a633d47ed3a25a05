// Checks the form of the settings with the controller's addresses: its names for nodes, the URL of the nodes
// listener, the addresses that it listens on. Without these checks a port, a scheme or a bracket in the wrong
// place would fail only at the first node.

import { ipFamily, isIpAddress, joinHostPort, parseIpBytes } from '@mesh/wg';

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const LONGEST_NAME = 253;

/** @throws Error with the form that is wanted */
export function checkPublicName(text: string): void {
  const form = 'a name or an address alone, without scheme, port, path, brackets or blanks';
  if (isUnspecified(text)) throw new Error('is no address that a node could reach: write one of this host');
  if (!isHost(text)) throw new Error(`${correction(text, isHost)}${form}`);
}

/** @throws Error with the form that is wanted */
export function checkNodesUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = hostIn(url);
  // If the URL parser drops or changes a part, the result differs from the text.
  const isPlain =
    url?.protocol === 'https:' && text === text.trim() && text === `https://${afterScheme(text)}`;
  const isWhole = isPlain && /^[^/?#@\\\s]+$/.test(afterScheme(text));
  if (isWhole && url.port !== '0' && isHost(host) && !isUnspecified(host)) return;
  const bare = nameIn(text);
  const port = /:(\d+)(?:[/?#].*)?$/.exec(text.trim().replace(/^.*\[.*\]/, ''))?.[1] ?? '8443';
  const name = isHost(bare) && !isUnspecified(bare) ? bare : 'mesh.example.org';
  const wanted = `https://${joinHostPort(name, Number(port))}`;
  throw new Error(`write \`${wanted}\`: https, a name or an address, and the port, with nothing after it`);
}

/** @throws Error with the form that is wanted */
export function checkListenHost(text: string): void {
  // A link-local address needs the name of its interface.
  const isZoned = /^fe[89ab][0-9a-f]?:[^%]*%[A-Za-z0-9_.-]+$/i.test(text);
  if (isHost(isZoned ? text.replace(/%.*$/, '') : text)) return;
  const form =
    "an address of this host without port or brackets (the port has a setting of its own), or '::' for all";
  throw new Error(`${correction(text, isHost)}${form}`);
}

/** The host name or address in a URL, without brackets. */
export function hostIn(url: URL | undefined): string {
  return url?.hostname.replace(/^\[|\]$/g, '') ?? '';
}

/** Whether it is an IPv6 address, as a name that nodes use or in a URL. */
export function isIpv6(host: string): boolean {
  return isIpAddress(host) && ipFamily(host) === 6;
}

function isHost(text: string): boolean {
  if (isIpAddress(text)) return true;
  const labels = text.split('.');
  // A name whose last label has only digits is a mistyped address: no top-level domain is a number.
  return (
    text.length <= LONGEST_NAME &&
    labels.every((label) => LABEL.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
}

/** `0.0.0.0` or `::`, however it is written. */
export function isUnspecified(text: string): boolean {
  return isIpAddress(text) && parseIpBytes(text).every((byte) => byte === 0);
}

function afterScheme(text: string): string {
  return text.replace(/^https:\/\//, '');
}

/** A text without the parts that do not belong to a name. */
function nameIn(text: string): string {
  const bare = text
    .trim()
    .replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\//, '')
    .replace(/[/?#].*$/, '');
  const bracketed = /^\[([^\]]*)\]/.exec(bare)?.[1];
  if (bracketed !== undefined) return bracketed;
  return isIpAddress(bare) ? bare : bare.replace(/:\d*$/, '');
}

/** `write mesh.example.org: ` if the text plainly means that name, otherwise `write `. */
function correction(text: string, isWanted: (text: string) => boolean): string {
  const bare = nameIn(text);
  return isWanted(bare) ? `write \`${bare}\`: ` : 'write ';
}
