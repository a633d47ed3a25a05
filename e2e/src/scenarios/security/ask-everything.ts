// What the programs answer: every route that only reads, at every door that needs no certificate, and each
// agent's own socket.

import { join } from 'node:path';
import type { LabNode, Mesh, Place } from '@mesh/e2e';
import { createSocketFetch, type NodeFetch } from '@mesh/host';
import { routes } from '@mesh/protocol';
import { adminRoutes } from '../../../../apps/controller/src/http/listeners/admin-routes.ts';
import { publicRoutes } from '../../../../apps/controller/src/http/listeners/public-app.ts';

interface Asked {
  readonly mesh: Mesh<string>;
  readonly nodes: readonly string[];
  /** Where the controller runs. */
  readonly host: LabNode;
}

export async function askEverything({ mesh, nodes, host }: Asked): Promise<Place[]> {
  const socket = createSocketFetch(join(mesh.workDir, 'controller', 'admin.sock'));
  const agents = nodes.map((node) => createSocketFetch(join(mesh.node(node).stateDir, 'control.sock')));
  try {
    return [
      ...(await askAll(socket, 'http://controller', pathsOf(adminRoutes, nodes))),
      ...(await askPublicly(host, pathsOf(publicRoutes, nodes))),
      ...(await Promise.all(agents.map((agent) => askAll(agent, 'http://agent', ['/v1/status'])))).flat(),
    ];
  } finally {
    for (const fetch of [socket, ...agents]) fetch.close();
  }
}

/** The public door listens in a network namespace of its own. Nothing is sent, so its CA is not checked. */
async function askPublicly(host: LabNode, paths: readonly string[]): Promise<Place[]> {
  const script = `import { request } from 'node:https';
    const ask = (path) => new Promise((resolve, reject) => {
      const options = { host: ${JSON.stringify(host.address)}, port: 8444, path, rejectUnauthorized: false };
      request(options, (answer) => {
        let text = '';
        answer.on('data', (piece) => { text += piece; }).on('end', () =>
          resolve({ path, status: answer.statusCode, text: JSON.stringify(answer.headers) + text }));
      }).on('error', reject).end();
    });
    console.log(JSON.stringify(await Promise.all(${JSON.stringify(paths)}.map(ask))));`;
  const { stdout } = await host.exec(process.execPath, ['--input-type=module', '-e', script]);
  const answers = JSON.parse(stdout) as { path: string; status: number; text: string }[];
  return answers.map(({ path, status, text }) => ({
    name: `https://controller${path} (${status})`,
    kind: 'response',
    content: Buffer.from(text),
  }));
}

const pathsOf = (table: readonly { method: string; path: string }[], nodes: readonly string[]): string[] =>
  table
    .filter(({ method }) => method === 'GET')
    .flatMap(({ path }) =>
      path.includes(':')
        ? nodes.map((node) => `${path.replace(/:[a-z_]+/g, () => node)}${queryOf(path, node, nodes)}`)
        : [path],
    );

/** One route asks about a second node. */
function queryOf(path: string, node: string, nodes: readonly string[]): string {
  const peer = nodes.find((other) => other !== node);
  return path === routes.reach && peer !== undefined ? `?peer=${peer}` : '';
}

async function askAll(fetch: NodeFetch, url: string, paths: readonly string[]): Promise<Place[]> {
  const places: Place[] = [];
  for (const path of paths) {
    const answer = await fetch(`${url}${path}`);
    const head = JSON.stringify([...answer.headers]);
    places.push({
      name: `${url}${path} (${answer.status})`,
      kind: 'response',
      content: Buffer.from(`${head}\n${await answer.text()}`),
    });
  }
  return places;
}
