// Asks a running controller for one config, and keeps the bytes of the question and of the answer.

import { pathOf } from '@mesh/protocol';
import { KeptConnection } from '../load/kept-connection.ts';
import type { ControllerProcess } from './controller-process.ts';
import type { NodeIdentity } from './seed-mesh.ts';

export interface AskedConfig {
  /** The whole HTTP request. */
  readonly request: Uint8Array;
  /** The body of the answer. */
  readonly answer: string;
}

/**
 * @param identity a node that has no query open, because a second one would end the first
 * @param query empty, or from its question mark on
 */
export async function askConfig(
  { nodesPort }: ControllerProcess,
  caPem: string,
  identity: NodeIdentity,
  query: string,
): Promise<AskedConfig> {
  const path = pathOf('config', identity.nodeId);
  const request = Buffer.from(`GET ${path}${query} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const connection = await KeptConnection.open(nodesPort, { ...identity, caPem });
  try {
    const { status, body } = await connection.send(request, { keepBody: true });
    if (status !== 200 || body === undefined)
      throw new Error(`a question for a config was answered ${status}`);
    return { request, answer: body.toString() };
  } finally {
    connection.close();
  }
}
