// Asks for everything that the administration shows, well and badly, at both of its doors.

import { jsonRequest, requestBytes } from '@mesh/host/fuzz-kit';
import { memberRoutes } from '../../../src/http/listeners/member-routes.ts';
import type { FuzzMesh } from '../fuzz/fuzz-mesh.ts';
import { callerOf, pathFor, type Target, targets } from '../fuzz/targets.ts';

const isAdmin = ({ door }: Target): boolean => door === 'socket' || door === 'network';

/** Every list and status, with the least that its query needs. */
export async function readEverything(mesh: FuzzMesh): Promise<void> {
  for (const target of targets)
    if (target.method === 'GET' && isAdmin(target)) await get(mesh, target, pathFor(target, 'node-a'));
  for (const query of ['?limit=1', '?limit=1&cursor=node-a', '?limit=1&cursor=node-b'])
    for (const path of ['/v1/nodes', '/v1/tokens'])
      await mesh.connections.operator.ask(getBytes(`${path}${query}`), false);
  await mesh.connections.operator.ask(getBytes('/v1/exams?limit=1'), false);
  await mesh.controller.admin.checkPolicy({ text: 'threshold: 0.6\n' });
  await mesh.controller.admin.backtestPolicy({ text: 'threshold: 0.6\n' });
}

/** Everything once more with the tags of the answers: what has not changed is not sent again. */
export async function readAgain(mesh: FuzzMesh): Promise<void> {
  for (const target of targets) {
    if (target.method !== 'GET' || target.door !== 'socket') continue;
    const path = pathFor(target, 'node-a');
    const first = await mesh.connections.operator.ask(getBytes(path), false);
    const tag = first?.headers.etag;
    if (typeof tag === 'string')
      await mesh.connections.operator.ask(getBytes(path, { 'if-none-match': tag }), false);
  }
}

const HOSTILE = [
  '?limit=0',
  '?limit=x',
  '?limit=1001',
  '?cursor=%20',
  '?from=-1',
  '?index=x',
  '?offset=x',
  '?wait=x',
];

/** Whatever can be wrong with a request, for every operation. Nothing of it is carried out. */
export async function askBadly(mesh: FuzzMesh): Promise<void> {
  for (const target of targets) {
    const connection = mesh.connections[callerOf(target)];
    const path = pathFor(target, 'nobody');
    const key = target.door === 'network' ? mesh.keys.operator : undefined;
    if (target.method === 'GET') {
      await get(mesh, target, path);
      const separator = path.includes('?') ? '&' : '?';
      for (const query of HOSTILE)
        await get(mesh, target, `${pathFor(target, 'node-a')}${query.replace('?', separator)}`);
    } else {
      await connection.ask(jsonRequest('POST', path, { '': 0 }, key), false);
      await connection.ask(jsonRequest('POST', pathFor(target, 'node-a'), { '': 0 }, key), false);
    }
    if (target.door === 'network')
      for (const wrong of [undefined, mesh.keys.viewer, mesh.keys.expired])
        await connection.ask(
          target.method === 'GET'
            ? getBytes(path, bearer(wrong))
            : jsonRequest('POST', path, { '': 0 }, wrong),
          false,
        );
  }
  for (const path of ['/v1/log/tile/x', '/v1/log/proof?index=x', '/v1/log/proof?index=999999'])
    await mesh.connections.stranger.ask(getBytes(path), false);
  // A node asks for what is another's.
  for (const { method, path } of memberRoutes) {
    const other = path.replace(':node_id', 'node-b').replace('*', '0/999');
    const bytes = method === 'GET' ? getBytes(other) : jsonRequest('POST', other, {});
    await mesh.connections['node-a'].ask(bytes, false);
  }
}

const bearer = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

function get(mesh: FuzzMesh, target: Target, path: string) {
  const headers = target.door === 'network' ? bearer(mesh.keys.operator) : {};
  return mesh.connections[callerOf(target)].ask(getBytes(path, headers), false);
}

function getBytes(target: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  return requestBytes({ method: 'GET', target, headers: Object.entries(headers), body: undefined });
}
