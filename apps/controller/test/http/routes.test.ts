// The tables of routes and the protocol's list of paths agree.

import { routes } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { adminRoutes } from '../../src/http/listeners/admin-routes.ts';
import { memberRoutes } from '../../src/http/listeners/member-routes.ts';
import { publicRoutes } from '../../src/http/listeners/public-app.ts';

const tables = [
  ['nodes', memberRoutes],
  ['public', publicRoutes],
  ['administration', adminRoutes],
] as const;

it('every path of the protocol is served, and no other', () => {
  const served = new Set(tables.flatMap(([, table]) => table.map(({ path }) => path)));
  expect([...served].sort()).toEqual(Object.values(routes).sort());
});

describe.each(tables)('the table of the %s listener', (_name, table) => {
  it('has each method of a path once', () => {
    const entries = table.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(entries).size).toBe(entries.length);
  });
});

it('a benchmark, a leave and a config query may use the reserve, and nothing else', () => {
  const reserved = memberRoutes.filter(({ mayUseReserve }) => mayUseReserve).map(({ path }) => path);
  expect(reserved).toEqual([routes.submitBenchmark, routes.config, routes.leave]);
});
