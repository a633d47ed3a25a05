// Finds settings of the controller that do not fit each other or this host. The check of a single setting
// cannot find these.

import type { ConfigIssue } from '@mesh/host';
import { ipFamily } from '@mesh/wg';
import { ControllerError } from '../errors/controller-error.ts';
import { readAdminAuthority } from '../trust/admin-authority.ts';
import { hostIn, isIpv6, isUnspecified } from './address-forms.ts';
import { controllerAddressIssues, type HostInterfaces, ownAddressIssues } from './check-networks.ts';
import type { ControllerConfig } from './config.ts';
import { pathsOf } from './paths.ts';
import { readPolicy } from './read-policy.ts';

/** RFC 8200 section 5: the MTU that every IPv6 link must have at least. */
const MIN_IPV6_MTU = 1280;

const ALL_IPV4 = '0.0.0.0';
/** `localhost` means one of these two; which one depends on the host's files. */
const LOOPBACKS = ['127.0.0.1', '::1'];
const ALL = '::';

/**
 * @param interfaces the interfaces of this host. If they could not be read, it is undefined and networks are
 *   not compared with them
 */
export function checkConfig(
  config: ControllerConfig,
  interfaces: HostInterfaces | undefined,
): readonly ConfigIssue[] {
  return [
    ...readPolicy(config).issues,
    ...ownAddressIssues(config.networks, interfaces ?? {}),
    ...controllerAddressIssues(config),
    ...socketIssues(config),
    ...mtuIssues(config),
    ...portIssues(config),
    ...familyIssues(config),
    ...masterKeyIssues(config),
    ...officerIssues(config),
    ...administratorIssues(config),
    ...witnessIssues(config),
  ];
}

function* masterKeyIssues({ master_key_env, master_key_pkcs11 }: ControllerConfig): Generator<ConfigIssue> {
  if (master_key_env !== undefined && master_key_pkcs11 !== undefined)
    yield {
      paths: [['master_key_pkcs11'], ['master_key_env']],
      message: 'a token wraps the key in master_key_file, not one in a variable: leave one of the two out',
    };
}

function* officerIssues({ officers, officers_required: required }: ControllerConfig): Generator<ConfigIssue> {
  if (required !== undefined && required > officers.length)
    yield {
      paths: [['officers_required'], ['officers']],
      message: `${required} signatures of ${officers.length} officers can never be had: name more officers, or require fewer`,
    };
}

function* witnessIssues({ log }: ControllerConfig): Generator<ConfigIssue> {
  const { witnesses, required_cosignatures: required } = log;
  if (required > witnesses.length)
    yield {
      paths: [
        ['log', 'required_cosignatures'],
        ['log', 'witnesses'],
      ],
      message: `${required} cosignatures of ${witnesses.length} witnesses can never be had: name more witnesses, or require fewer`,
    };
}

function* mtuIssues({ mtu, networks }: ControllerConfig): Generator<ConfigIssue> {
  const ipv6 = networks.find((network) => ipFamily(network) === 6);
  if (ipv6 !== undefined && mtu < MIN_IPV6_MTU)
    yield {
      paths: [['mtu'], ['networks']],
      message: `${mtu} is too small for ${ipv6}: IPv6 needs at least ${MIN_IPV6_MTU}`,
    };
}

/**
 * Finds two listeners with the same port. Port 0 is no conflict, because each listener then takes a free
 * port. One port on two different addresses is no conflict either.
 */
function* portIssues({ nodes, public: door }: ControllerConfig): Generator<ConfigIssue> {
  const hosts = [nodes.host, door.host];
  const isOneLoopback = hosts.includes('localhost') && hosts.some((host) => LOOPBACKS.includes(host));
  const share = nodes.host === door.host || hosts.some(isUnspecified) || isOneLoopback;
  if (nodes.port !== 0 && nodes.port === door.port && share)
    yield {
      paths: [
        ['public', 'port'],
        ['nodes', 'port'],
      ],
      message: `nodes.port and public.port are both ${nodes.port}: give each listener a port of its own`,
    };
}

/** The longest path of the administration socket, without the NUL: unix(7). */
const MAX_SOCKET_PATH_BYTES = 107;

function* socketIssues(config: ControllerConfig): Generator<ConfigIssue> {
  const { socket } = pathsOf(config);
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES)
    yield {
      paths: [['data_dir']],
      message: `${socket} is too long for a socket: choose a directory whose path has at most ${MAX_SOCKET_PATH_BYTES - '/admin.sock'.length} bytes`,
    };
}

/** Finds a CA of administrators that cannot be used, and roles of certificates that no CA could issue. */
function* administratorIssues(config: ControllerConfig): Generator<ConfigIssue> {
  const { admin_ca_file: path, admin_certificates: certificates } = config;
  if (path === undefined) {
    if (certificates.length > 0)
      yield {
        paths: [['admin_certificates'], ['admin_ca_file']],
        message: 'the certificates have no CA: name its file with admin_ca_file, or leave them out',
      };
    return;
  }
  try {
    readAdminAuthority(path);
  } catch (error) {
    if (!(error instanceof ControllerError)) throw error;
    yield { paths: [['admin_ca_file']], message: error.message };
  }
}

/** Finds listeners that take no IPv6 connections although nodes would connect to an IPv6 address. */
function* familyIssues(config: ControllerConfig): Generator<ConfigIssue> {
  const inUrl = config.nodes_url === undefined ? '' : hostIn(new URL(config.nodes_url));
  const name = config.public_names.find(isIpv6);
  for (const listener of ['nodes', 'public'] as const) {
    const reached = name ?? (listener === 'nodes' && isIpv6(inUrl) ? inUrl : undefined);
    const { host } = config[listener];
    // A listener on a specific IPv4 address may be behind a proxy that takes both families.
    if (host === ALL_IPV4 && reached !== undefined)
      yield {
        paths: [[listener, 'host']],
        message: `${host} takes no IPv6 connection, and nodes would call ${reached}: leave it out, or write '${ALL}' for both`,
      };
  }
}
