// The attempts, and what they need: two services on the victim, IPv6 on the underlay, and attackers with
// root's rights.

import { join } from 'node:path';
import { type Lab, type LabNode, type Mesh, MeshProcess, until, within } from '@mesh/e2e';
import { IP_FAMILIES, type IpFamily, ipFamily } from '@mesh/wg';
import { type Addresses, INNER, type Name, NODES, OVERLAY_PORT, UNDERLAY_6, WILDCARD_PORT } from './hosts.ts';

const LAB = join(import.meta.dirname, '../../../lab');
type Host = Name | 'stranger';

export interface Siege {
  readonly mesh: Mesh<Name>;
  host(name: Host): LabNode;
  readonly overlay: Readonly<Record<Name, Addresses>>;
  readonly underlay: Readonly<Record<Host, Addresses>>;
  /** All datagrams that the services have received so far. */
  heard(): string;
  setReversePathFilter(value: number): Promise<void>;
  end(): Promise<void>;
}

export interface Attempt {
  readonly name: string;
  run(siege: Siege, family: IpFamily): Promise<boolean>;
}

const ATTACKERS_TABLE = '88';

let datagrams = 0;

export const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'a cut node reads the service over the underlay',
    run: (siege, family) => reachAround(siege, 'cut', family),
  },
  {
    name: 'a host that was never a member reads the service over the underlay',
    run: (siege, family) => reachAround(siege, 'stranger', family),
  },
  {
    name: "a cut node sends to the overlay address from an allowed node's, over the underlay",
    run: (siege, family) => spoof(siege, siege.overlay.victim[family], OVERLAY_PORT, family),
  },
  {
    name: "a cut node sends to the underlay address from an allowed node's overlay address",
    run: (siege, family) => spoof(siege, siege.underlay.victim[family], WILDCARD_PORT, family),
  },
  {
    name: 'an allowed node without a guard reaches an address outside the overlay through the tunnel',
    run: reachInner,
  },
];

/** The attempts that need no tunnel. */
export const AROUND = ATTEMPTS.slice(0, 4);

/**
 * @returns the attempts that got in, and whether the service could be reached: by the allowed node through
 *   the tunnel or, in rounds without a tunnel, by its own host
 */
export async function tryAll(
  siege: Siege,
  attempts: readonly Attempt[],
): Promise<{ reached: string[]; controlHeld: boolean }> {
  const reached: string[] = [];
  let controlHeld = true;
  for (const family of IP_FAMILIES) {
    controlHeld &&= await reaches(siege, attempts === ATTEMPTS ? 'peer' : 'victim', family);
    for (const attempt of attempts)
      if (await attempt.run(siege, family)) reached.push(`${attempt.name} (IPv${family})`);
  }
  return { reached, controlHeld };
}

export async function prepare(mesh: Mesh<Name>, lab: Lab<string>): Promise<Siege> {
  const overlay = Object.fromEntries(
    await Promise.all(
      NODES.map(async (name) => {
        const { addresses } = await mesh.admin.node(name);
        return [name, { 4: hostOf(addresses, 4), 6: hostOf(addresses, 6) }] as const;
      }),
    ),
  ) as Record<Name, Addresses>;
  const underlay = {} as Record<Host, Addresses>;
  for (const name of [...NODES, 'stranger'] as const) {
    const host = lab.node(name);
    underlay[name] = { 4: host.address, 6: UNDERLAY_6[name] };
    await host.exec('ip', ['address', 'add', `${UNDERLAY_6[name]}/64`, 'dev', 'eth0', 'nodad']);
  }
  const victim = lab.node('victim');
  for (const family of IP_FAMILIES) await victim.exec('ip', ['address', 'add', INNER[family], 'dev', 'lo']);

  const services: MeshProcess[] = [];
  for (const [address, port] of [
    ...IP_FAMILIES.map((family) => [overlay.victim[family], OVERLAY_PORT] as const),
    ['0.0.0.0', WILDCARD_PORT] as const,
    [INNER[6], WILDCARD_PORT] as const,
    [UNDERLAY_6.victim, WILDCARD_PORT] as const,
  ]) {
    const service = new MeshProcess({
      host: victim,
      entry: join(LAB, 'service-main.ts'),
      args: ['--bind', address, '--port', String(port)],
      logFile: join(mesh.workDir, 'services.log'),
    });
    services.push(service);
    await service.says('"ready"');
  }
  const siege: Siege = {
    mesh,
    host: (name) => lab.node(name),
    overlay,
    underlay,
    heard: () => services.map(({ output }) => output).join(''),
    setReversePathFilter: async (value) => {
      const { stdout } = await victim.exec('ls', ['/proc/sys/net/ipv4/conf']);
      for (const name of stdout.split('\n').filter((line) => line !== ''))
        await victim.exec('sysctl', ['-qw', `net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter=${value}`]);
    },
    end: async () => {
      await Promise.all(services.map((service) => service.stop()));
    },
  };
  for (const family of IP_FAMILIES)
    await until(
      'the peer reaches the service by the tunnel',
      60_000,
      async () => ((await reaches(siege, 'peer', family)) ? true : undefined),
      500,
    );
  await mesh.admin.quarantine('cut', 'weak-host scenario');
  return siege;
}

function hostOf(addresses: readonly string[], family: IpFamily): string {
  return addresses.find((address) => ipFamily(address) === family)?.split('/')[0] ?? '';
}

async function knock(host: LabNode, args: readonly string[]): Promise<boolean> {
  const { exitCode } = await host.exec(process.execPath, [join(LAB, 'knock-main.ts'), ...args], {
    allowFailure: true,
  });
  return exitCode === 0;
}

function reaches({ host, overlay }: Siege, from: Name, family: IpFamily): Promise<boolean> {
  return knock(host(from), ['--tcp', overlay.victim[family], '--port', String(OVERLAY_PORT)]);
}

/**
 * Adds a route in the attacker's own table, which the kernel searches before the table with an agent's
 * routes.
 */
async function routeAround(siege: Siege, from: 'cut' | 'stranger', family: IpFamily): Promise<void> {
  const host = siege.host(from);
  const [to, via] = [siege.overlay.victim[family], siege.underlay.victim[family]];
  const table = ['table', ATTACKERS_TABLE];
  await host.exec('ip', ['route', 'replace', to, 'via', via, 'dev', 'eth0', ...table]);
  // It already exists after the first attempt.
  const rule = ['rule', 'add', 'to', to, 'lookup', ATTACKERS_TABLE, 'priority', '88'];
  await host.exec('ip', [`-${family}`, ...rule], { allowFailure: true });
}

async function reachAround(siege: Siege, from: 'cut' | 'stranger', family: IpFamily): Promise<boolean> {
  await routeAround(siege, from, family);
  const own = siege.underlay[from][family];
  const args = ['--tcp', siege.overlay.victim[family], '--from', own, '--port', String(OVERLAY_PORT)];
  return await knock(siege.host(from), args);
}

async function spoof(siege: Siege, to: string, port: number, family: IpFamily): Promise<boolean> {
  const cut = siege.host('cut');
  const from = siege.overlay.peer[family];
  await routeAround(siege, 'cut', family);
  // IPv6 looks for the neighbour with the packet's own source address. A ping makes the neighbour known
  // before.
  await cut.exec('ping', ['-q', '-c', '1', '-W', '1', siege.underlay.victim[family]], { allowFailure: true });
  await cut.exec('ip', ['address', 'replace', from, 'dev', 'lo', ...(family === 6 ? ['nodad'] : [])]);
  datagrams += 1;
  const text = `datagram ${datagrams}.`;
  await knock(cut, ['--udp', to, '--from', from, '--text', text, '--port', String(port)]);
  await cut.exec('ip', ['address', 'del', from, 'dev', 'lo'], { allowFailure: true });
  return await within('the datagram', 500, () => (siege.heard().includes(text) ? true : undefined)).catch(
    () => false,
  );
}

/**
 * The peer's host routes the address into the tunnel and lets WireGuard send it; its agent is stopped
 * meanwhile.
 */
async function reachInner(siege: Siege, family: IpFamily): Promise<boolean> {
  const { mesh, overlay } = siege;
  const peer = siege.host('peer');
  const { agent } = mesh.node('peer');
  agent.signal('SIGSTOP');
  try {
    const { stdout } = await peer.exec('ip', ['route', 'get', overlay.victim[family]]);
    const device = /dev (\S+)/.exec(stdout)?.[1] ?? '';
    const { a, b } = (await mesh.admin.node('victim')).wg_public_keys;
    const key = device.endsWith('-b') ? (b ?? a) : a;
    const ranges = [
      ...IP_FAMILIES.map((each) => overlay.victim[each]),
      ...IP_FAMILIES.map((each) => INNER[each]),
    ];
    await peer.exec('wg', ['set', device, 'peer', key, 'allowed-ips', ranges.join()]);
    await peer.exec('ip', ['route', 'replace', INNER[family], 'dev', device]);
    const from = ['--from', overlay.peer[family], '--port', String(WILDCARD_PORT)];
    return await knock(peer, ['--tcp', INNER[family], ...from]);
  } finally {
    await peer.exec('ip', ['route', 'del', INNER[family]], { allowFailure: true });
    agent.signal('SIGCONT');
  }
}
