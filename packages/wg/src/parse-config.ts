// Reads configuration text (wg(8), CONFIGURATION FILE FORMAT): what `wg showconf` prints and what people
// write. It allows section and key names in upper or lower case, comments from "#", blank lines and CRLF. It
// refuses everything else that it does not know, with its line: above all wg-quick's PostUp and similar keys,
// which are shell commands.
//
// It refuses everything that `wg` refuses, and these as well, which `wg` accepts:
//   a text without [Interface], a second one, or one without its PrivateKey
//   a key given twice in one section (AllowedIPs apart), a peer twice, a range twice
//   blanks inside a section's name, a key or a value: `wg` drops every blank of a line
//   control characters, and anything but ASCII outside comments
//   leading zeros in numbers (ListenPort = 080, 10.0.0.0/08)
//   host names and zone ids as endpoints, an IPv6 endpoint without its brackets, an IPv4 one with them, port 0
//   keys that are all zero, and public keys that are not canonical or of low order

import { type Cidr, parseAllowedIp } from './cidr.ts';
import {
  checkDistinctAllowedIps,
  checkDistinctPeers,
  type WgInterface,
  type WgPeer,
} from './config-types.ts';
import { parseEndpoint } from './endpoint.ts';
import { atLine, WgError } from './errors.ts';
import { parseWgPresharedKey, parseWgPrivateKey, parseWgPublicKey } from './keys.ts';
import { MAX_PORT, parseDecimal, parseFwmark, parseKeepalive } from './numbers.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Section {
  readonly kind: 'interface' | 'peer';
  readonly line: number;
  readonly seen: Set<string>;
}
interface InterfaceSection extends Section {
  readonly kind: 'interface';
  readonly value: Partial<Mutable<Omit<WgInterface, 'peers'>>>;
}
interface PeerSection extends Section {
  readonly kind: 'peer';
  readonly value: Partial<Mutable<Omit<WgPeer, 'allowedIps'>>>;
  readonly allowedIps: Cidr[];
}

const WG_QUICK_KEYS = new Set([
  'address',
  'dns',
  'mtu',
  'table',
  'preup',
  'postup',
  'predown',
  'postdown',
  'saveconfig',
]);

/**
 * Reads the text into an interface. Allowed IPs are read as `wg` does (host bits cleared, an address alone is
 * a range of one); `ListenPort = 0`, `FwMark = off` and `PersistentKeepalive = off` mean "not set".
 * @throws WgError with `line`, and the code of the faulty value, or `invalid_config` for faults of structure,
 *   `duplicate_peer` and `duplicate_allowed_ip` for what WireGuard would silently merge or move. Secrets are
 *   never quoted.
 */
export function parseConfig(text: string): WgInterface {
  let device: InterfaceSection | undefined;
  const peers: PeerSection[] = [];
  let section: InterfaceSection | PeerSection | undefined;

  for (const [at, raw] of text.split('\n').entries()) {
    const line = at + 1;
    const content = contentOf(raw, line);
    if (content === '') continue;
    if (content.startsWith('[')) {
      section = openSection(content, line);
      if (section.kind === 'peer') peers.push(section);
      else if (device === undefined) device = section;
      else throw refused('a second [Interface] section: merge it into the first', line);
      continue;
    }
    if (section === undefined) throw refused('a key before any section: begin with [Interface]', line);
    readEntry(section, content, line);
  }
  return assemble(device, peers);
}

/** The line without comment and surrounding blanks. */
function contentOf(raw: string, line: number): string {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const comment = text.indexOf('#');
  const content = comment === -1 ? text : text.slice(0, comment);
  // A terminal, an editor or another parser could read a control character, or a Unicode line separator, as
  // the end of a line. Comments may be in any script, but they too must not contain those characters.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) {
    throw refused('a control character or a line separator: remove it', line);
  }
  if (/[^\t\x20-\x7e]/.test(content))
    throw refused('a character outside ASCII: only comments may hold those', line);
  return content.replace(/^[\t ]+/, '').replace(/[\t ]+$/, '');
}

function openSection(content: string, line: number): InterfaceSection | PeerSection {
  switch (content.toLowerCase()) {
    case '[interface]':
      return { kind: 'interface', line, seen: new Set(), value: {} };
    case '[peer]':
      return { kind: 'peer', line, seen: new Set(), value: {}, allowedIps: [] };
    default:
      throw refused('an unknown section: use [Interface] and [Peer]', line);
  }
}

function readEntry(section: InterfaceSection | PeerSection, content: string, line: number): void {
  const equals = content.indexOf('=');
  if (equals === -1) throw refused('neither a section nor KEY = VALUE', line);
  const key = content
    .slice(0, equals)
    .replace(/[\t ]+$/, '')
    .toLowerCase();
  const value = content.slice(equals + 1).replace(/^[\t ]+/, '');
  // `wg` allows AllowedIPs to be given again, and adds to the list.
  if (section.seen.has(key) && key !== 'allowedips') throw refused('a key given twice in one section', line);
  section.seen.add(key);
  atLine(line, () =>
    section.kind === 'interface' ? readInterfaceKey(section, key, value) : readPeerKey(section, key, value),
  );
}

function readInterfaceKey({ value: device }: InterfaceSection, key: string, value: string): void {
  switch (key) {
    case 'privatekey':
      device.privateKey = parseWgPrivateKey(value);
      return;
    case 'listenport': {
      const port = parseDecimal(value, 'the listen port', 0, MAX_PORT);
      if (port !== 0) device.listenPort = port;
      return;
    }
    case 'fwmark': {
      const fwmark = parseFwmark(value);
      if (fwmark !== undefined) device.fwmark = fwmark;
      return;
    }
    default:
      throw unknownKey(key, 'PrivateKey, ListenPort and FwMark');
  }
}

function readPeerKey({ value: peer, allowedIps }: PeerSection, key: string, value: string): void {
  switch (key) {
    case 'publickey':
      peer.publicKey = parseWgPublicKey(value);
      return;
    case 'presharedkey':
      peer.presharedKey = parseWgPresharedKey(value);
      return;
    case 'endpoint':
      peer.endpoint = parseEndpoint(value);
      return;
    case 'allowedips':
      for (const range of value.split(','))
        allowedIps.push(parseAllowedIp(range.replace(/^[\t ]+|[\t ]+$/g, '')));
      return;
    case 'persistentkeepalive': {
      const seconds = parseKeepalive(value);
      if (seconds !== undefined) peer.persistentKeepaliveSeconds = seconds;
      return;
    }
    default:
      throw unknownKey(key, 'PublicKey, PresharedKey, Endpoint, AllowedIPs and PersistentKeepalive');
  }
}

function assemble(device: InterfaceSection | undefined, sections: readonly PeerSection[]): WgInterface {
  if (device === undefined) throw refused('there is no [Interface] section', 1);
  const { privateKey, ...settings } = device.value;
  if (privateKey === undefined) throw refused('the [Interface] section lacks its PrivateKey', device.line);
  const peers: WgPeer[] = [];
  const seenKeys = new Set<string>();
  const seenRanges = new Set<string>();
  for (const { value, allowedIps, line } of sections) {
    const { publicKey, ...rest } = value;
    if (publicKey === undefined) throw refused('the [Peer] section lacks its PublicKey', line);
    const peer: WgPeer = { publicKey, ...rest, allowedIps };
    atLine(line, () => {
      checkDistinctPeers([peer], seenKeys);
      checkDistinctAllowedIps([peer], seenRanges);
    });
    peers.push(peer);
  }
  return { privateKey, ...settings, peers };
}

function unknownKey(key: string, known: string): WgError {
  return new WgError(
    'invalid_config',
    WG_QUICK_KEYS.has(key)
      ? "a key of wg-quick's own: strip it first (wg-quick strip)"
      : `an unknown key: this section has ${known}`,
  );
}

function refused(message: string, line: number): WgError {
  return new WgError('invalid_config', message, { line });
}
