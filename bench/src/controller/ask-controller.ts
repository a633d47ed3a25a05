// Makes single requests to a running controller with the protocol's own clients: to prepare a scene, not for
// load.

import { createSocketFetch, createTlsFetch } from '@mesh/host';
import { createAdminClient, createNodeClient } from '@mesh/protocol';
import type { ControllerProcess } from './controller-process.ts';
import type { NodeIdentity, SeededMesh } from './seed-mesh.ts';

export function adminOf({ socketPath }: ControllerProcess) {
  const fetch = createSocketFetch(socketPath);
  return { client: createAdminClient({ baseUrl: 'http://controller', fetch }), close: fetch.close };
}

/** The nodes door of a controller. */
export interface NodesDoor {
  readonly nodesPort: number;
  /** By default this machine. */
  readonly host?: string;
}

export function nodeClientOf(
  { nodesPort, host = 'localhost' }: NodesDoor,
  { caPem }: Pick<SeededMesh, 'caPem'>,
  { nodeId, certificatePem, privateKeyPem }: NodeIdentity,
) {
  const fetch = createTlsFetch({ ca: caPem, cert: certificatePem, key: privateKeyPem });
  const baseUrl = `https://${host}:${nodesPort}`;
  return { client: createNodeClient({ baseUrl, fetch }, nodeId), close: fetch.close };
}
