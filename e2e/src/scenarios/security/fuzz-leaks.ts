// What an attacked controller knows, looked for in what it has written, logged and counted: refusals and
// faults are where secrets get out.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { controllerKeys, filesIn, findSpelled, type KnownSecret, notAtHome, type Place } from '@mesh/e2e';
import { createSocketFetch } from '@mesh/host';
import { AdminKeyError, parseAdminKey, parseJoinToken, routes } from '@mesh/protocol';
import type { FuzzMesh } from '../../../../apps/controller/test/support/fuzz/fuzz-mesh.ts';

/** @returns each secret that is where it does not belong, or not where it does, one phrase each */
export async function leaksOf(mesh: FuzzMesh): Promise<string[]> {
  const { directory, logLines } = mesh.controller;
  const secrets = await secretsOf(mesh);
  const log: Place = { name: 'the log', kind: 'response', content: Buffer.from(logLines.join('')) };
  const places = [...filesIn(directory), log, await metricsOf(mesh)];
  return [
    ...findSpelled(secrets, places).map(({ secret, place }) => `${secret} in ${place}`),
    ...notAtHome(secrets, places).map((name) => `${name} is not found at home`),
  ];
}

/** Those of the start, those that were made on the way, and the preshared keys of the epoch. */
async function secretsOf({ controller, nodes, keys }: FuzzMesh): Promise<KnownSecret[]> {
  const masterKey = controller.config.master_key_file ?? '';
  const token = await controller.token({});
  const known: [string, Uint8Array][] = [
    ['the last join token', Buffer.from(token)],
    ['the secret in the last join token', parseJoinToken(token).secret],
    ...Object.entries(keys).flatMap(([name, key]) => secretsIn(`the key ${name}`, key)),
  ];
  for (const node of Object.values(nodes))
    for (const psk of Object.values((await node.config())?.body.keys?.current?.psks ?? {}))
      known.push([`a preshared key of ${node.nodeId}`, Buffer.from(psk, 'base64')]);
  return [
    { name: 'the master key', bytes: readFileSync(masterKey), home: basename(masterKey) },
    ...controllerKeys(masterKey, join(controller.config.data_dir, 'controller.db')),
    ...known.map(([name, bytes]) => ({ name, bytes, home: undefined })),
  ];
}

/** Nothing of what is no key: whoever attacks may send what he likes. */
function secretsIn(name: string, key: string): [string, Uint8Array][] {
  try {
    return [
      [name, Buffer.from(key)],
      [`the secret in ${name}`, parseAdminKey(key).secret],
    ];
  } catch (error) {
    if (!(error instanceof AdminKeyError)) throw error;
    return [];
  }
}

async function metricsOf({ controller }: FuzzMesh): Promise<Place> {
  const fetch = createSocketFetch(controller.paths.socket, { maxSockets: 1 });
  try {
    const answer = await fetch(`http://controller${routes.metrics}`);
    return { name: 'the metrics', kind: 'response', content: Buffer.from(await answer.text()) };
  } finally {
    fetch.close();
  }
}
