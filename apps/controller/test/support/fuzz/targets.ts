// What is attacked: every route of every door, taken from the tables that the doors themselves are built
// from.

import { networkAdminPath, routes } from '@mesh/protocol';
import { adminRoutes } from '../../../src/http/listeners/admin-routes.ts';
import { memberRoutes } from '../../../src/http/listeners/member-routes.ts';
import { publicRoutes } from '../../../src/http/listeners/public-app.ts';
import type { CallerName } from './fuzz-mesh.ts';

export const doorNames = ['nodes', 'public', 'socket', 'network'] as const;
export type DoorName = (typeof doorNames)[number];

export interface Target {
  readonly door: DoorName;
  readonly method: 'GET' | 'POST';
  /** The pattern of the table. */
  readonly path: string;
  /** Every method that this path has at this door. */
  readonly methods: readonly string[];
}

interface TableRow {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

const tables: Readonly<Record<DoorName, readonly TableRow[]>> = {
  nodes: memberRoutes,
  public: publicRoutes,
  socket: adminRoutes,
  network: adminRoutes.map((route) => ({ ...route, path: networkAdminPath(route.path) })),
};

/** Whether the door serves the administration. */
export const isAdministration = ({ door }: Target): boolean => door === 'socket' || door === 'network';

export const targets: readonly Target[] = doorNames.flatMap((door) =>
  tables[door].map(({ method, path }) => ({
    door,
    method,
    path,
    methods: tables[door].filter((row) => row.path === path).map((row) => row.method),
  })),
);

export const nameOf = ({ door, method, path }: Target): string => `${door}: ${method} ${path}`;

/** A tile that every log has which was published. */
const TILE = '0/000.p/1';

/** A file that every dashboard has. */
const PAGE = 'index.html';

/** An entry that every log has. */
const ENTRY = '?index=0';

/** The other node of a pair. What an attack adds to it is another parameter. */
const PEER = '?peer=node-b&';

/** The exam that the mesh has had. A pool has the name of a node. */
export const EXAM_ID = 'f'.repeat(32);

/** What a path needs behind it. At the network's door the same paths stand below another one. */
const QUERIES: Readonly<Record<string, string>> = {
  [routes.logProof]: ENTRY,
  [routes.reach]: PEER,
  [networkAdminPath(routes.reach)]: PEER,
};

/** The path with its parameter filled in, whatever its name is. */
export const pathFor = ({ path }: Target, parameter: string): string =>
  path
    .replace(':exam_id', () => (parameter === 'node-a' ? EXAM_ID : parameter))
    .replace(/:[a-z_]+/g, () => parameter)
    .replace(/\*$/, path === routes.dashboard ? PAGE : TILE) + (QUERIES[path] ?? '');

export const hasParameter = ({ path }: Target): boolean => path.includes(':');

/** Who attacks a door: somebody whom the door lets in, so that the checks behind it are reached. */
export const callerOf = ({ door }: Target): CallerName => CALLERS[door];

const CALLERS = { nodes: 'node-a', public: 'stranger', socket: 'operator', network: 'stranger' } as const;
