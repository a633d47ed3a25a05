// `mesh-agent enrol`: writes the node's keys to disk, enrols at the controller, and writes the result to
// disk.

import { HostError } from '@mesh/host';
import { systemRandomBytes } from '../compose/build-platform.ts';
import { enrolPorts } from '../compose/connections.ts';
import { AgentError } from '../errors/agent-error.ts';
import { enrol } from '../identity/enrol.ts';
import { type Enrolment, readEnrolment, writeEnrolment } from '../identity/enrolment-file.ts';
import { loadOrCreateKeys } from '../identity/key-files.ts';
import { lockStateDir } from '../identity/lock-state-dir.ts';
import { readToken } from '../identity/read-token.ts';
import { openStateDir } from '../identity/state-dir.ts';
import { forgetOtherLog } from '../log/forget-other-log.ts';
import { endpointOf } from '../settings/advertised-endpoint.ts';
import type { CommandIo } from './down.ts';
import { readNodeId } from './read-node-id.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

export interface EnrolFlags extends CommonFlags {
  readonly controller: string;
  readonly nodeId: string;
  readonly tokenFile: string;
  readonly listenPort?: string;
  readonly advertise?: readonly string[];
  readonly json?: boolean;
}

const WORKING =
  'many ask to enrol now, so the controller asks for some seconds of work; this takes two minutes at most\n';

export async function runEnrol(flags: EnrolFlags, io: CommandIo): Promise<void> {
  const settings = settingsFrom(flags, io.env, {
    listen_port: flags.listenPort,
    advertise: flags.advertise,
  });
  const nodeId = readNodeId('--node-id', flags.nodeId);
  const dir = openStateDir(settings.state_dir);
  using _lock = lockStateDir(dir);
  const existing = await readEnrolment(dir.enrolment);
  if (existing !== undefined && existing.node_id !== nodeId) {
    throw new AgentError(
      'usage',
      `${dir.path} belongs to ${existing.node_id} of ${existing.mesh_id}: name another --state-dir for ${nodeId}`,
    );
  }
  const tokenText = await readToken(flags.tokenFile, io.stdin);
  const keys = loadOrCreateKeys(dir.keys, systemRandomBytes);
  const enrolment = await enrol(
    { controllerUrl: flags.controller, tokenText, nodeId, keys, endpoint: endpointOf(settings) },
    { ...enrolPorts, onWork: () => io.writeError(WORKING) },
  ).catch((error: unknown) => {
    throw explain(error);
  });
  await forgetOtherLog(dir.logHead, enrolment.log);
  await writeEnrolment(dir.enrolment, enrolment);
  io.write(
    flags.json === true
      ? `${JSON.stringify(result(enrolment, keys.wireguard.a.publicKey))}\n`
      : describe(enrolment),
  );
}

function result(enrolment: Enrolment, wgPublicKey: string) {
  const { mesh_id, node_id, addresses, network, nodes_url } = enrolment;
  return { mesh_id, node_id, addresses, network, nodes_url, wg_public_key: wgPublicKey };
}

function describe({ mesh_id, node_id, addresses }: Enrolment): string {
  return `${node_id} is a member of ${mesh_id} with ${addresses.join(', ')}.
It gets tunnels once its first measurement is good enough: mesh-agent up
`;
}

function explain(error: unknown): unknown {
  if (!(error instanceof HostError)) return error;
  switch (error.code) {
    case 'pin_mismatch':
    case 'tls_untrusted':
      return new AgentError('refused', error.message, { cause: error });
    case 'wrong_listener':
      return new AgentError('usage', error.message, { cause: error });
    case 'connection_failed':
    case 'response_unexpected':
      return new AgentError('unreachable', error.message, { cause: error });
    default:
      return error;
  }
}
