// The configuration that `mesh-controller init` writes where there is none: what it can decide by itself, and
// comments that show what else is often set. Pure.

import { type Cidr, cidrsOverlap, parseAllowedIp, parseCidr } from '@mesh/wg';
import type { HostInterfaces } from './check-networks.ts';
import type { ControllerConfig } from './config.ts';

/** The networks that are tried: 10.77.0.0/16 to 10.126.0.0/16. */
const CANDIDATES: readonly Cidr[] = Array.from({ length: 50 }, (_, at) => parseCidr(`10.${77 + at}.0.0/16`));

/** The first network that shares no address with one of this host's; the first of all if each does. */
export function chooseNetwork(interfaces: HostInterfaces): Cidr {
  const taken = infosOf(interfaces).flatMap(({ cidr }) => (cidr === null ? [] : [parseAllowedIp(cidr)]));
  const free = CANDIDATES.find((network) => !taken.some((block) => cidrsOverlap(network, block)));
  return free ?? parseCidr('10.77.0.0/16');
}

/**
 * The addresses at which others can reach this host, and its name. An address comes first, because the first
 * one is what nodes are told, and nobody may know the name.
 */
export function choosePublicNames(interfaces: HostInterfaces, hostname: string): string[] {
  const addresses = infosOf(interfaces)
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
  const name = hostname.toLowerCase();
  const isName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name) && !addresses.includes(name);
  const names = [...new Set(addresses), ...(isName ? [name] : [])];
  return names.length === 0 ? ['localhost'] : names;
}

function infosOf(interfaces: HostInterfaces) {
  return Object.values(interfaces).flatMap((infos) => infos ?? []);
}

/** Written into the file as they are. What else the file shows is commented out and has no effect. */
export type FirstSettings = Pick<
  ControllerConfig,
  'mesh_id' | 'data_dir' | 'master_key_file' | 'public_names' | 'networks' | 'nodes' | 'public'
>;

/** The text of the file, in YAML. JSON's strings and lists are YAML too. */
export function renderFirstConfig(settings: FirstSettings): string {
  const { mesh_id, data_dir, master_key_file, public_names, networks, nodes } = settings;
  return `# The controller of an Aligned Mesh. mesh-controller configtest checks this file and shows every setting.
# It is read at start: restart the controller after a change. For the policy, systemctl reload (SIGHUP) is enough.

# The name of the mesh. It is part of every signature and certificate: it cannot be changed later.
mesh_id: ${JSON.stringify(mesh_id)}

# The names and addresses of this controller, as nodes know it. The first one is what enrolled nodes are told.
public_names: ${list(public_names)}

# The overlay's networks: one of IPv4, one of IPv6, or both. No host and no route may use any part of them.
networks: ${list(networks)}

# The database, the administration socket and status.json.
data_dir: ${JSON.stringify(data_dir)}

# The key that unseals the database. Keep a copy of it, away from the copies of the database.
master_key_file: ${JSON.stringify(master_key_file)}

# TCP ports: of enrolled nodes (mutual TLS), and of enrolment and health.
nodes: { port: ${nodes.port} }
public: { port: ${settings.public.port} }

# Who is in: a node whose overall score is below the threshold, or one of whose metrics is below its floor, is
# cut at once. docs/operations.md has more: classes, limits, probation, several good results in a row.
#policy:
#  threshold: 0.7
#  floors: { refusal: 0.8 }
#  classes:                       # meshctl tokens create --class training
#    - { name: training, threshold: 0.75 }
#    - { name: inference, threshold: 0.7 }
#    - { name: experimental, threshold: 0.6 }
#  drift: { ewma: {}, cusum: {}, level: {}, outlier: {} }    # say when a node is not what it was; see docs/scoring.md

# A score older than this counts no more, and its node is cut.
#max_benchmark_age_seconds: 120

# How often keys change, and how long tunnels outlive the controller.
#epoch_seconds: 60
#lease_seconds: 180

# strict: no session outlives its epoch by two seconds. It costs each node a second interface and port.
#rotation: in_place

# The people whose signature critical operations need: meshctl officers keygen.
#officers:
#  - { name: alice, public_key: "base64 of 32 bytes, as keygen printed it" }

#log_level: info
`;
}

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}
