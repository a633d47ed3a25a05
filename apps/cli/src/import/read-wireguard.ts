// Reads WireGuard configurations for their peers: what `wg showconf` prints, and files of wg-quick with all
// their keys. Unlike parseConfig of @mesh/wg, which configures an interface, it skips what it has no use for.

import {
  type Cidr,
  cidrAddress,
  isHostCidr,
  parseAllowedIp,
  parseIpAddress,
  parseWgPrivateKey,
  parseWgPublicKey,
  WgError,
  type WgPublicKey,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import { CliError } from '../errors/cli-error.ts';

/** What one file says of one host. */
export interface WireGuardHost {
  /** Whether the file is this host's: its [Interface] has the private key. */
  readonly isOwn: boolean;
  readonly publicKey: WgPublicKey;
  /** What the comment at its section calls it; of the host whose file it is, the file's name. */
  readonly name: string | undefined;
  readonly addresses: readonly string[];
  readonly endpoint: string | undefined;
}

interface Section {
  readonly kind: 'interface' | 'peer';
  readonly line: number;
  name: string | undefined;
  publicKey?: WgPublicKey;
  endpoint?: string;
  readonly addresses: string[];
}

const NOT_WIREGUARD =
  'this is no WireGuard configuration: give the output of wg showconf, or a file of wg-quick';
/** `10.0.0.2:51820`, `[fd00::2]:51820`, `vpn.example.org:51820`. */
const ENDPOINT = /^(?:[0-9A-Za-z.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}$/;
/** `# Name = a`, `# friendly_name=a` and `### Client a` mean the same as `# a`. */
const LABEL = /^(?:(?:friendly[_ ]?)?name\s*[:=]\s*|(?:client|peer|host|name)\s+)/i;

/**
 * @param path for messages
 * @param hostName the name of the host whose file it is
 * @returns the host whose file it is, where the file has its private key, and its peers
 * @throws CliError `usage` with path and line. It never quotes a key
 */
export function readWireGuard(text: string, path: string, hostName: string): readonly WireGuardHost[] {
  const sections: Section[] = [];
  /** What the comment directly above a section calls it. */
  let above: string | undefined;
  for (const [at, raw] of text.split('\n').entries()) {
    const line = at + 1;
    const [content = '', ...comments] = raw.split('#').map((part) => part.trim());
    const label = labelIn(comments.join(' ').trim());
    const section = sections.at(-1);
    if (content === '') {
      above = label ?? above;
      if (section !== undefined && section.publicKey === undefined) section.name ??= label;
      continue;
    }
    if (/^\[(interface|peer)\]$/i.test(content)) {
      const kind = content.toLowerCase() === '[peer]' ? 'peer' : 'interface';
      sections.push({ kind, line, name: label ?? above, addresses: [] });
    } else if (section === undefined || content.startsWith('[')) {
      throw new CliError('usage', `${path}:${line}: ${NOT_WIREGUARD}`);
    } else {
      readKey(section, content, `${path}:${line}`);
    }
    above = undefined;
  }
  return sections.flatMap((section) => hostOf(section, path, hostName));
}

/** A setting that is commented out is no name. It can be a secret. */
function labelIn(comment: string): string | undefined {
  const name = comment.replace(LABEL, '').trim();
  return name === '' || name.includes('=') ? undefined : name;
}

function readKey(section: Section, content: string, place: string): void {
  const equals = content.indexOf('=');
  const key = content.slice(0, Math.max(0, equals)).trim().toLowerCase();
  const value = content.slice(equals + 1).trim();
  try {
    if (key === 'publickey' && section.kind === 'peer') section.publicKey = parseWgPublicKey(value);
    if (key === 'privatekey' && section.kind === 'interface')
      section.publicKey = wgPublicKeyFromPrivate(parseWgPrivateKey(value));
    if (key === 'allowedips') section.addresses.push(...rangesIn(value).filter(isHostCidr).map(cidrAddress));
    // The address that wg-quick gives the interface, with the length of its network.
    if (key === 'address')
      section.addresses.push(...listOf(value).map((range) => parseIpAddress(range.split('/')[0])));
  } catch (error) {
    if (!(error instanceof WgError)) throw error;
    throw new CliError('usage', `${place}: ${error.message}`, { cause: error });
  }
  if (key !== 'endpoint') return;
  if (!ENDPOINT.test(value)) throw new CliError('usage', `${place}: the endpoint is not HOST:PORT`);
  section.endpoint = value;
}

/** A range of one address is the peer's own. Longer ones are networks behind it. */
const rangesIn = (value: string): readonly Cidr[] => listOf(value).map(parseAllowedIp);

const listOf = (value: string): readonly string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function hostOf(section: Section, path: string, hostName: string): readonly WireGuardHost[] {
  const { kind, publicKey, addresses, endpoint, name, line } = section;
  if (publicKey === undefined) {
    // Without its private key, nobody can say which of the other files' peers it is.
    if (kind === 'interface') return [];
    throw new CliError('usage', `${path}:${line}: the [Peer] section lacks its PublicKey`);
  }
  const label = kind === 'interface' ? hostName : name;
  return [{ isOwn: kind === 'interface', publicKey, name: label, addresses, endpoint }];
}
