import { describe, expect, it } from 'vitest';
import { networkAdminPath, pathOf, type RouteName, routes } from '../src/index.ts';

const names = Object.keys(routes) as RouteName[];
const aboutNodes = names.filter((name) => routes[name].includes(':node_id'));

describe('paths', () => {
  it('of the proof of concept are kept', () => {
    expect(pathOf('submitBenchmark', 'node-a')).toBe('/v1/benchmarks/node-a');
    expect(pathOf('config', 'node-a')).toBe('/v1/config/node-a');
    expect(pathOf('epoch')).toBe('/v1/epoch');
    expect(pathOf('rotate')).toBe('/v1/rotate');
    expect(pathOf('health')).toBe('/health');
  });

  it('of the administration over the network differ from all others', () => {
    expect(networkAdminPath('/health')).toBe('/v1/admin/health');
    expect(networkAdminPath('/v1/nodes/:node_id')).toBe('/v1/admin/nodes/:node_id');
    const others = new Set<string>(Object.values(routes));
    expect(Object.values(routes).filter((path) => others.has(networkAdminPath(path)))).toEqual([]);
  });

  it('of two routes differ', () => {
    expect(new Set(Object.values(routes)).size).toBe(names.length);
  });

  it.each(names)('%s survives a URL parser as it is', (name) => {
    const ids = { ':key_id': '0123456789abcdef', ':exam_id': '0123456789abcdef'.repeat(2), ':pool': 'a-b9' };
    const [, id = 'a.b-c.9'] = Object.entries(ids).find(([part]) => routes[name].includes(part)) ?? [];
    const path = pathOf(name, id);
    expect(new URL(`https://controller.example${path}`).pathname).toBe(path);
    expect(path).not.toContain(':');
  });

  it.each(aboutNodes)('%s accepts only a node id', (name) => {
    const bad = [
      undefined,
      '',
      '.',
      '..',
      '%2e%2e',
      'a/b',
      'a?b',
      'a#b',
      'a b',
      'a\n',
      'A',
      '$&',
      'ä',
      '\ud800',
    ];
    for (const id of bad)
      expect(() => pathOf(name, id)).toThrow(expect.objectContaining({ code: 'invalid_node_id' }));
  });

  it.each(names.filter((name) => /:exam_id|:pool/.test(routes[name])))(
    '%s accepts only the name of an exam or a pool',
    (name) => {
      for (const id of [undefined, '', '.', '..', 'a/b', 'a?b', 'A', 'a\n', '-a', 'a.b', 'x'.repeat(33)])
        expect(() => pathOf(name, id)).toThrow(expect.objectContaining({ code: 'exam_id_invalid' }));
    },
  );

  it('dot segments are a real danger: URLs remove them even when they are encoded', () => {
    expect(new URL('https://controller.example/v1/nodes/%2e%2e/revoke').pathname).toBe('/v1/revoke');
  });
});
