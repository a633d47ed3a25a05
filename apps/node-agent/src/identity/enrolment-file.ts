// What enrolment gave this node, in one file that is replaced whole: which mesh it belongs to, whom it trusts, its
// certificate and its overlay addresses. Nothing in it is secret; its integrity is the directory's mode.

import { readFile } from 'node:fs/promises';
import { errorCodeOf, writeFileAtomic } from '@mesh/host';
import {
  checkEd25519PublicKey,
  decodeBase64,
  type MeshId,
  type NodeId,
  parseMeshId,
  parseNodeId,
  parseStrictJson,
} from '@mesh/primitives';
import { z } from 'zod';
import { AgentError } from '../agent-error.ts';

const ed25519PublicKey = z.string().superRefine((text, context) => {
  try {
    checkEd25519PublicKey(decodeBase64(text, { lengthBytes: 32 }));
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no key' });
  }
});

const content = z.strictObject({
  format: z.literal('mesh-agent-enrolment/1'),
  mesh_id: z.string(),
  node_id: z.string(),
  certificate_pem: z.string(),
  ca_pem: z.string(),
  addresses: z.array(z.string()).min(1),
  network: z.array(z.string()).min(1),
  config_public_key: ed25519PublicKey,
  log_public_key: ed25519PublicKey,
  nodes_url: z.url({ protocol: /^https$/ }),
  /** What the controller was last told of where this node listens. */
  endpoint: z.strictObject({
    listen_ports: z.strictObject({ a: z.number(), b: z.number().optional() }),
    advertise: z.array(z.string()),
  }),
});

type Content = z.infer<typeof content>;
export type Enrolment = Omit<Content, 'format' | 'mesh_id' | 'node_id'> & {
  readonly mesh_id: MeshId;
  readonly node_id: NodeId;
};

/** @returns undefined before the first enrolment. @throws AgentError `failed` for a damaged file */
export async function readEnrolment(path: string): Promise<Enrolment | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw new AgentError('failed', `${path} cannot be read: check its owner and mode`, { cause: error });
  }
  try {
    const { format: _format, ...enrolment } = content.parse(parseStrictJson(text, { maxBytes: 1 << 20 }));
    return { ...enrolment, mesh_id: parseMeshId(enrolment.mesh_id), node_id: parseNodeId(enrolment.node_id) };
  } catch (error) {
    throw new AgentError('failed', `${path} is damaged: remove it and run mesh-agent enrol again`, {
      cause: error,
    });
  }
}

/** On disk when it resolves. */
export async function writeEnrolment(path: string, enrolment: Enrolment): Promise<void> {
  await writeFileAtomic(
    path,
    `${JSON.stringify({ format: 'mesh-agent-enrolment/1', ...enrolment }, null, 2)}\n`,
  );
}
