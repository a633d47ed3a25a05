// The underlay: one bridge in its own namespace, one veth pair to each host, and the means to cut hosts off.
// Cuts are made at the bridge, where no host can see or undo them.
import { LabError } from './lab-error.ts';
import type { NodeNamespace } from './node-namespace.ts';

/** Name of each host's interface on the underlay. */
export const UNDERLAY_INTERFACE = 'eth0';

/**
 * `nftables` drops a host's frames silently at the bridge, like a distant failure. `link` takes the bridge's
 * side of the cable down, which the host sees as a lost carrier.
 */
export type CutBy = 'nftables' | 'link';

export interface CutOptions<Name extends string = string> {
  /** Default `nftables`. */
  by?: CutBy;
  /** Cuts only the path to this host, in both directions (`nftables` only). Default: to everybody. */
  from?: Name;
}

const CUT_TABLE = `
table bridge mesh_lab {
  set cut { type ifname; }
  set cut_pairs { type ifname . ifname; }
  chain forward {
    type filter hook forward priority 0;
    iifname @cut drop
    oifname @cut drop
    iifname . oifname @cut_pairs drop
  }
}
`;

/**
 * Sets up the bridge and the cables. `addresses` are host addresses with prefix length, in the order of
 * `hosts`.
 */
export async function buildUnderlay(
  bridge: NodeNamespace,
  hosts: readonly NodeNamespace[],
  addresses: readonly string[],
): Promise<void> {
  const cables = hosts.flatMap((host) => [
    `link add ${portOf(host.name)} type veth peer name ${UNDERLAY_INTERFACE} netns ${host.pid}`,
    `link set ${portOf(host.name)} master underlay up`,
  ]);
  const lines = ['link add underlay type bridge', 'link set underlay up', ...cables];
  await ipBatch(bridge, lines);
  await bridge.exec('nft', ['-f', '-'], { input: CUT_TABLE });
  await Promise.all(
    hosts.map((host, index) =>
      ipBatch(host, [
        `addr add ${addresses[index]} dev ${UNDERLAY_INTERFACE}`,
        `link set ${UNDERLAY_INTERFACE} up`,
      ]),
    ),
  );
}

/** Idempotent: cutting a host that is already cut is no error. */
export async function cutUnderlay(
  bridge: NodeNamespace,
  name: string,
  options: CutOptions = {},
): Promise<void> {
  const { by = 'nftables', from } = options;
  if (by === 'link') {
    if (from !== undefined) {
      throw new LabError('bad_option', 'a link is cut to everybody: leave out `from`, or cut by nftables');
    }
    await bridge.exec('ip', ['link', 'set', portOf(name), 'down']);
    return;
  }
  const commands =
    from === undefined
      ? [`add element bridge mesh_lab cut { "${portOf(name)}" }`]
      : pairOf(name, from).map((pair) => `add element bridge mesh_lab cut_pairs { ${pair} }`);
  await bridge.exec('nft', ['-f', '-'], { input: `${commands.join('\n')}\n` });
}

/** Undoes every cut of a host, or with `from` only that path. Idempotent. */
export async function healUnderlay(
  bridge: NodeNamespace,
  name: string,
  others: readonly string[],
  from?: string,
): Promise<void> {
  const pairs = (from === undefined ? others : [from]).flatMap((other) => pairOf(name, other));
  // Deleting requires the element to exist; adding an existing one is no error. Both are in one transaction.
  const forget = (set: string, element: string) => [
    `add element bridge mesh_lab ${set} { ${element} }`,
    `delete element bridge mesh_lab ${set} { ${element} }`,
  ];
  const commands = pairs.flatMap((pair) => forget('cut_pairs', pair));
  if (from === undefined) commands.push(...forget('cut', `"${portOf(name)}"`));
  if (commands.length > 0) await bridge.exec('nft', ['-f', '-'], { input: `${commands.join('\n')}\n` });
  if (from === undefined) await bridge.exec('ip', ['link', 'set', portOf(name), 'up']);
}

/** The bridge's end of a host's cable. */
function portOf(name: string): string {
  return `to-${name}`;
}

function pairOf(one: string, other: string): string[] {
  const [a, b] = [portOf(one), portOf(other)];
  return [`"${a}" . "${b}"`, `"${b}" . "${a}"`];
}

async function ipBatch(host: NodeNamespace, lines: readonly string[]): Promise<void> {
  await host.exec('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}
