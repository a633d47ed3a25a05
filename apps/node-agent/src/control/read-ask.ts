// Reads what a command asks for over the control socket.

import type { IncomingMessage } from 'node:http';
import { type NodeId, PrimitivesError, parseNodeId, parseStrictJson } from '@mesh/primitives';
import { logHead } from '@mesh/protocol';
import * as z from 'zod';
import { AgentError } from '../errors/agent-error.ts';
import type { LogHeadStatus } from '../status/agent-status.ts';
import type { RotateKeysAsk } from './control-protocol.ts';

const MAX_BODY_BYTES = 4_096;
const ADVICE = 'send it with the mesh-agent that this agent was started from';

const rotateKeysAsk = z.strictObject({
  identity: z.boolean(),
  wireguard: z.boolean(),
  encapsulation: z.boolean(),
  interrupt: z.boolean(),
});
const pingAsk = z.strictObject({ node_id: z.string(), count: z.number().int().min(1).max(100) });

/**
 * The rest of a body that is too large is not read, and the connection stays open for the answer.
 *
 * @throws AgentError `usage`; what the connection throws when its other end hangs up
 */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  // What is announced as too large is not waited for.
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    lengthBytes += (chunk as Buffer).length;
    if (lengthBytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (): AgentError =>
  new AgentError('usage', `a request has at most ${MAX_BODY_BYTES} bytes: ${ADVICE}`);

/** @throws AgentError `usage` */
export function readPing(body: Uint8Array): { readonly nodeId: NodeId; readonly count: number } {
  const { node_id, count } = read(pingAsk, body);
  return explained(() => ({ nodeId: parseNodeId(node_id), count }));
}

/** @throws AgentError `usage` */
export const readRotateKeys = (body: Uint8Array): RotateKeysAsk => read(rotateKeysAsk, body);

/** @throws AgentError `usage` */
export const readLogHead = (body: Uint8Array): LogHeadStatus => read(logHead, body);

function read<T>(form: z.ZodType<T>, body: Uint8Array): T {
  const parsed = form.safeParse(explained(() => parseStrictJson(textOf(body))));
  if (parsed.success) return parsed.data;
  // The names of fields that are known, and none that the sender has invented.
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new AgentError(
    'usage',
    `the request has another form than this agent takes${where === '' ? '' : `, at ${where}`}: ${ADVICE}`,
  );
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new AgentError('usage', `the request is not UTF-8: ${ADVICE}`);
  }
}

function explained<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof PrimitivesError) throw new AgentError('usage', error.message, { cause: error });
    throw error;
  }
}
