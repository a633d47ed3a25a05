// Settings that would fail only later if they were accepted. Every command refuses each of them with its
// place, before a file is made.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, tmpdir } from 'node:os';
import { join } from 'node:path';
import { underStrace } from '@mesh/host/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkListenHost, checkNodesUrl, checkPublicName } from '../../src/settings/address-forms.ts';
import { checkOverlayNetwork, type HostInterfaces } from '../../src/settings/check-networks.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { runController } from '../support/controller-process.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-settings-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ipv4 = (cidr: string, mac: string, internal = false): NetworkInterfaceInfo => ({
  address: cidr.replace(/\/.*/, ''),
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac,
  internal,
  cidr,
});
const ipv6 = (cidr: string, mac: string): NetworkInterfaceInfo => ({
  ...ipv4(cidr, mac),
  netmask: 'ffff:ffff:ffff:ffff::',
  family: 'IPv6',
  scopeid: 0,
});
const NO_MAC = '00:00:00:00:00:00';
const MAC = '02:00:00:00:00:01';

const INTERFACES: HostInterfaces = {
  lo: [ipv4('127.0.0.1/8', NO_MAC, true), ipv4('10.96.0.1/32', NO_MAC, true)],
  eth0: [ipv4('10.91.0.7/24', MAC), ipv4('10.92.0.7/32', MAC), ipv6('fd91::7/64', MAC)],
  br0: [ipv4('10.93.0.200/24', MAC)],
  tun0: [ipv4('10.94.0.1/24', NO_MAC)],
  mesh0: [ipv4('10.95.0.2/32', NO_MAC), ipv6('fd95::2/128', NO_MAC)],
};

const load = (yaml: string, interfaces: HostInterfaces = INTERFACES) => {
  const file = join(directory, 'controller.yaml');
  writeFileSync(file, yaml);
  return loadSettings({ file, env: {}, flags: {}, interfaces });
};

const GOOD = 'mesh_id: testmesh\n';
/** Name, the file from its second line on, the setting, its line, a part of the message. */
const ROWS: readonly (readonly [string, string, string, number, string])[] = [
  [
    'a name with a port',
    'public_names: [a.example:8443]',
    'public_names.0',
    2,
    'write `a.example`: a name or',
  ],
  [
    'a name with a scheme',
    'public_names:\n  - b\n  - https://a.example',
    'public_names.1',
    4,
    'write `a.example`: ',
  ],
  ['a name with a blank', 'public_names: ["a.example "]', 'public_names.0', 2, 'write `a.example`: '],
  [
    'two names in one',
    'public_names: ["a b"]',
    'public_names.0',
    2,
    'without scheme, port, path, brackets or blanks',
  ],
  ['a name in brackets', 'public_names: ["[fd00::1]"]', 'public_names.0', 2, 'write `fd00::1`: '],
  ['a name in brackets, port', 'public_names: ["[fd00::1]:8443"]', 'public_names.0', 2, 'write `fd00::1`: '],
  ['an empty name', 'public_names: [""]', 'public_names.0', 2, 'write a name or an address alone'],
  ['no address', 'public_names: [10.1.1.256]', 'public_names.0', 2, 'write a name or an address alone'],
  [
    'an unspecified address',
    'public_names: [0.0.0.0]',
    'public_names.0',
    2,
    'no address that a node could reach',
  ],
  [
    'names that are no list',
    'public_names: a.example',
    'public_names',
    2,
    'write a list: `public_names: [a.example]`',
  ],
  [
    'a URL without a scheme',
    'nodes_url: a.example:9443',
    'nodes_url',
    2,
    'write `https://a.example:9443`: https',
  ],
  [
    'a URL of http',
    'nodes_url: http://a.example:9443',
    'nodes_url',
    2,
    'write `https://a.example:9443`: https',
  ],
  ['a URL with a path', 'nodes_url: https://a.example:9443/x', 'nodes_url', 2, 'with nothing after it'],
  ['a URL with a slash', 'nodes_url: https://a.example/', 'nodes_url', 2, 'with nothing after it'],
  [
    'networks that are no list',
    'networks: 10.77.0.0/16',
    'networks',
    2,
    'write a list: `networks: [10.77.0.0/16]`',
  ],
  ['the default network', 'networks:\n  - 0.0.0.0/0', 'networks.0', 3, '0.0.0.0/0 is every address there is'],
  ['half of everything', 'networks: [128.0.0.0/1]', 'networks.0', 2, 'link-local addresses (169.254.0.0/16)'],
  ['loopback', 'networks: [127.9.0.0/16]', 'networks.0', 2, 'loopback addresses (127.0.0.0/8)'],
  ['link-local', 'networks: [169.254.0.0/16]', 'networks.0', 2, 'link-local addresses'],
  ['multicast', 'networks: [239.1.0.0/16]', 'networks.0', 2, 'multicast addresses (224.0.0.0/4)'],
  ['reserved', 'networks: [250.0.0.0/8]', 'networks.0', 2, 'reserved addresses (240.0.0.0/4)'],
  [
    'the default network, IPv6',
    'networks: [10.77.0.0/16, "::/0"]',
    'networks.1',
    2,
    'is every address there is',
  ],
  ['loopback, IPv6', 'networks: ["::/64"]', 'networks.0', 2, '(::/96)'],
  ['link-local, IPv6', 'networks: ["fe80::/64"]', 'networks.0', 2, 'link-local addresses (fe80::/10)'],
  ['multicast, IPv6', 'networks: ["ff05::/16"]', 'networks.0', 2, 'multicast addresses (ff00::/8)'],
  [
    'networks that overlap',
    'networks: [10.77.0.0/16, 10.77.1.0/24]',
    'networks',
    2,
    'one network of each address family',
  ],
  ['a network with an own address', 'networks: [10.91.0.0/16]', 'networks.0', 2, 'address 10.91.0.7 (eth0)'],
  ['one with a single address', 'networks: [10.92.0.0/16]', 'networks.0', 2, 'address 10.92.0.7 (eth0)'],
  ["one with a bridge's", 'networks: [10.93.0.0/16]', 'networks.0', 2, 'address 10.93.0.200 (br0)'],
  ["one with another tunnel's", 'networks: [10.94.0.0/16]', 'networks.0', 2, 'address 10.94.0.1 (tun0)'],
  ['one with an address of lo', 'networks: [10.96.0.0/16]', 'networks.0', 2, 'address 10.96.0.1 (lo)'],
  [
    'an own address, IPv6',
    'networks: [10.77.0.0/16, "fd91::/48"]',
    'networks.1',
    2,
    'address fd91::7 (eth0)',
  ],
  [
    "a network with the controller's address",
    'public_names: [a.example, 10.97.0.5]\nnetworks: [10.97.0.0/16]',
    'networks.0',
    3,
    'holds 10.97.0.5, by which nodes reach',
  ],
  [
    "a network with the nodes_url's address",
    'nodes_url: "https://[fd97::5]:1"\nnetworks: ["fd97::/64"]',
    'networks.0',
    3,
    'holds fd97::5, by which nodes reach',
  ],
  ['a URL with port 0', 'nodes_url: https://a.example:0', 'nodes_url', 2, 'and the port'],
  ['no directory', 'data_dir: ""', 'data_dir', 2, 'write the path of a directory'],
  ['no key file', 'master_key_file: ""', 'master_key_file', 2, 'write the path of a file'],
  ['a path too long', `data_dir: /${'d'.repeat(96)}`, 'data_dir', 2, 'whose path has at most 96 bytes'],
  [
    'equal ports, all addresses in another notation',
    'nodes: { host: "0::0", port: 9000 }\npublic: { host: 10.0.0.1, port: 9000 }',
    'public.port',
    3,
    'are both 9000',
  ],
  [
    'equal ports, one host given by name',
    'nodes: { host: localhost, port: 9000 }\npublic: { host: 127.0.0.1, port: 9000 }',
    'public.port',
    3,
    'are both 9000',
  ],
  ['an MTU too small for IPv6', 'networks: ["fd77::/64"]\nmtu: 1279', 'mtu', 3, 'IPv6 needs at least 1280'],
  ['a host in brackets', 'nodes:\n  host: "[::1]"', 'nodes.host', 3, 'write `::1`: an address of this host'],
  [
    'a host with a port',
    'public: { host: "10.0.0.1:8444" }',
    'public.host',
    2,
    'write `10.0.0.1`: an address',
  ],
  ['an empty host', 'nodes: { host: "" }', 'nodes.host', 2, "'::' for all"],
  ['equal ports', 'nodes:\n  port: 9000\npublic:\n  port: 9000', 'public.port', 5, 'are both 9000'],
  ['the other default port', 'nodes:\n  port: 8444', 'nodes.port', 3, 'are both 8444'],
  [
    'an IPv6 name, IPv4 host',
    'public_names: ["fd00::1"]\npublic: { host: 0.0.0.0 }',
    'public.host',
    3,
    'fd00::1',
  ],
  [
    'an IPv6 URL',
    'nodes_url: "https://[fd00::1]:1"\nnodes: { host: 0.0.0.0 }',
    'nodes.host',
    3,
    'no IPv6 connection',
  ],
  ['a floor above 1', 'policy:\n  floors:\n    refusal: 2', 'policy.floors.refusal', 4, 'must be at most 1'],
  ['an unknown key', 'policy:\n  threshold: 0.5\n  treshold: 1', 'policy.treshold', 4, 'unknown key'],
  ['an endless age', 'max_benchmark_age_seconds: 1e9', 'max_benchmark_age_seconds', 2, 'Too big'],
  ['an unknown class', 'peer_groups:\n  a: [default, gold]', 'peer_groups.a.1', 3, 'has no class gold'],
  ['a limit of none', 'classes:\n  gold: {}', 'classes.gold', 3, 'has no class gold'],
  ['a group that is no list', 'peer_groups:\n  a: gold', 'peer_groups.a', 3, 'write a list: `a: [gold]`'],
  [
    'a band without a limit',
    'policy:\n  declining: { below: 0.9 }',
    'policy.declining',
    3,
    'no limit is set',
  ],
  ['intervals without a limit', 'policy:\n  decision: interval', 'policy.decision', 3, 'no limit is set'],
  [
    'a metric of intervals without a floor',
    'policy:\n  decision: { kind: interval, metrics: { refusall: { confidence: 0.9 } } }',
    'policy.decision.metrics.refusall',
    3,
    'has no floor',
  ],
  [
    'a limit without a band',
    'declining:\n  limit_bits_per_second: 5',
    'declining.limit_bits_per_second',
    3,
    'set policy.',
  ],
  [
    'a gap as long as a result stays fresh',
    'max_benchmark_age_seconds: 20\npolicy:\n  readmission: { consecutiveGood: 5 }\n  minResultGapMs: 20000',
    'policy.minResultGapMs',
    5,
    '20000 is not below maxBenchmarkAgeMs 20000',
  ],
  [
    'the default gap, too long',
    'max_benchmark_age_seconds: 10\npolicy:\n  readmission: { consecutiveGood: 5 }',
    'policy.minResultGapMs',
    4,
    '15000 is not below maxBenchmarkAgeMs 10000',
  ],
  ['a negative gap', 'policy:\n  minResultGapMs: -1', 'policy.minResultGapMs', 3, 'must not be negative'],
  ['epochs too short', 'rotation: strict\nepoch_seconds: 3', 'epoch_seconds', 3, 'at least 4 s'],
];

describe('a configuration with', () => {
  it.each(ROWS)('%s is refused with its line and the right form', (_what, yaml, setting, line, message) => {
    const place = `  ${setting} (${join(directory, 'controller.yaml')}:${line}): `;
    let refusal = '';
    try {
      load(`${GOOD}${yaml}\n`);
    } catch (error) {
      refusal = (error as Error).message;
    }
    const found = refusal.split('\n').find((text) => text.startsWith(place)) ?? refusal;
    expect(found.slice(0, place.length)).toBe(place);
    expect(found.slice(place.length)).toContain(message);
    // The problem is reported once, and there is no other.
    expect(refusal.split('\n')).toHaveLength(2);
  });

  it.each([
    ['public_names: [a.example, my_host, "2001:db8::1", 192.0.2.1, xn--bcher-kva.example]'],
    ['nodes_url: https://a.example:9443'],
    ['nodes_url: "https://[2001:db8::1]:9443"'],
    ['networks: [10.77.0.0/16, "fd77::/64"]\nmtu: 1280'],
    ['networks: [10.95.0.0/16, "fd95::/64"]'],
    ['mtu: 576'],
    [`data_dir: /${'d'.repeat(95)}`],
    ['nodes: { host: "fe80::1%eth0" }\npublic: { host: localhost }'],
    ['nodes: { host: 10.0.0.1, port: 443 }\npublic: { host: 10.0.0.2, port: 443 }'],
    ['nodes: { port: 0 }\npublic: { port: 0 }'],
    ['public_names: ["fd00::1"]'],
    ['public_names: ["fd00::1"]\nnodes: { host: 127.0.0.1 }\npublic: { host: 127.0.0.1 }'],
    ['policy: { minResultGapMs: 0, readmission: { consecutiveGood: 5 } }'],
    ['policy: { decision: interval }\ndeclining: { limit_bits_per_second: 5 }'],
    ['policy: { declining: { below: 0.9 } }\ndeclining: { limit_bits_per_second: 5 }'],
  ])('%j is accepted', (yaml) => {
    expect(() => load(`${GOOD}${yaml}\n`)).not.toThrow();
  });

  it('every problem of its kind is reported at once', () => {
    expect(() =>
      load('mtu: 1000\nnetworks: ["fd77::/64"]\nnodes: { port: 8444 }\npolicy: { x: 1 }\n'),
    ).toThrow(/policy\.x .*\n.*mtu .*\n.*nodes\.port /);
  });

  it('networks is accepted if the host’s addresses cannot be read', () => {
    const file = join(directory, 'controller.yaml');
    writeFileSync(file, 'networks: [10.91.0.0/16]\n');
    expect(() => loadSettings({ file, env: {}, flags: {}, interfaces: undefined })).not.toThrow();
  });
});

describe('forms', () => {
  it.each([
    [
      checkPublicName,
      ['*.example', 'a..b', '-a', 'user@a', 'a/b', '300.1', '::', 'fe80::1%eth0', `${'a'.repeat(64)}.b`],
    ],
    [
      checkNodesUrl,
      [
        '',
        'https://',
        'https://u:p@a',
        'https://a?x',
        'https://a#x',
        ' https://a',
        'https://a\tb',
        'HTTPS:a',
      ],
    ],
    [
      checkNodesUrl,
      ['https://0.0.0.0:1', 'https://[::]:1', 'https://a:99999', 'ftp://a', 'fd00::1', 'https://*.a'],
    ],
    [
      checkListenHost,
      ['10.0.0.1%eth0', '::1%eth0', '[::]', '*', 'http://a', '::ffff:10.0.0.1', 'a:1', ' ::'],
    ],
    [
      checkOverlayNetwork,
      ['0.0.0.0/8', '224.0.0.0/3', '192.0.0.0/16', '64:ff9b::/96', '::ffff:0:0/96', 'fc00::/6'],
    ],
  ] as const)('%o refuses %j', (check, texts) => {
    for (const text of texts) expect(() => check(text), text).toThrow();
  });

  it.each([
    '10.0.0.0/8',
    '100.64.0.0/10',
    '192.168.0.0/16',
    '172.16.0.0/12',
    'fc00::/7',
    '2001:db8::/32',
    '198.18.0.0/15',
  ])('a network %s is accepted', (text) => {
    expect(() => checkOverlayNetwork(text)).not.toThrow();
  });
});

describe.each(['configtest', 'init', 'serve'])('mesh-controller %s', (command) => {
  const LIST = /^ {2}\S+ \(\S+controller\.yaml:\d+\): \S/;
  it.each([
    [
      'problems of single settings',
      'public_names: ["a:1"]\nnodes_url: a:1\nnetworks: [0.0.0.0/0]\nnodes: { host: "[::]" }\n',
      4,
    ],
    [
      'settings that do not fit each other',
      'mtu: 1000\nnetworks: ["fd77::/64"]\nnodes: { port: 8444 }\npolicy: { x: 1 }\n',
      3,
    ],
  ])('refuses %s, and leaves nothing behind', (_what, yaml, problems) => {
    const file = join(directory, 'controller.yaml');
    const [data, key] = [join(directory, 'data'), join(directory, 'keys', 'master.key')];
    writeFileSync(file, `${yaml}data_dir: ${data}\nmaster_key_file: ${key}\n`);
    const ended = runController([command, '-c', file], {}, ['timeout', '30']);
    expect(ended.code).toBe(2);
    expect(ended.out).toBe('');
    const lines = ended.err.split('\n').slice(1, -1);
    expect(lines).toHaveLength(problems);
    for (const line of lines) expect(line).toMatch(LIST);
    expect([existsSync(data), existsSync(key)]).toEqual([false, false]);
    expect(readdirSync(directory)).toEqual(['controller.yaml']);
  });

  it("refuses a network that holds this host's own address", () => {
    const file = join(directory, 'controller.yaml');
    writeFileSync(file, `networks: [10.99.0.0/16]\ndata_dir: ${directory}/data\n`);
    const script =
      'ip link add br-own type bridge && ip addr add 10.99.0.200/24 dev br-own && ip link set br-own up';
    const under = ['unshare', '-n', 'sh', '-c', `${script} && exec "$0" "$@"`, 'timeout', '30'];
    const ended = runController([command, '-c', file], {}, under);
    expect(ended.code).toBe(2);
    expect(ended.err).toContain(
      `networks.0 (${file}:1): 10.99.0.0/16 holds this host's own address 10.99.0.200 (br-own)`,
    );
    expect(readdirSync(directory)).toEqual(['controller.yaml']);
  });
});

it('a unit that blocks netlink gets a warning, and the controller starts without that check', () => {
  const strace = underStrace('socket', 'error=EAFNOSUPPORT');
  const ended = runController(['configtest'], {}, strace);
  expect(ended.code).toBe(0);
  expect(ended.err).toContain('allow AF_NETLINK in the unit');
});
