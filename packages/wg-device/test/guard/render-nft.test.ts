import { type InterfaceName, parseAllowedIp, parseInterfaceName } from '@mesh/wg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuardElement, hostElement, tableName } from '../../src/guard/guard-table.ts';
import { bucketOf } from '../../src/guard/limit-chains.ts';
import { type OnlyService, parseOnlyService } from '../../src/guard/only-service.ts';
import { parsePairLimit } from '../../src/guard/pair-limit.ts';
import { renderChange, renderRemoval, renderRenewal, renderWhole } from '../../src/guard/render-nft.ts';
import { createRunNft, type RunNft } from '../../src/nft/run-nft.ts';
import { limit } from '../support/guard-lab.ts';
import { createLabHost, type LabHost } from '../support/lab-host.ts';

const table = { interfaceName: parseInterfaceName('mesh0'), forwarding: 'drop' } as const;

function element(address: string, bitsPerSecond?: number, service?: OnlyService): GuardElement {
  const made = hostElement(
    parseAllowedIp(address),
    bitsPerSecond === undefined ? undefined : limit(bitsPerSecond),
    service,
  );
  if (made === undefined) throw new Error('a host');
  return made;
}

describe('the table of an interface', () => {
  it('drops packets of no live peer, limits pairs, and forwards nothing', () => {
    expect(renderWhole(table, [element('10.44.0.2'), element('fd44::3', 5_000_000)], 12_345.9)).toBe(`\
add table inet mesh-mesh0
add set inet mesh-mesh0 live4 { type ipv4_addr; flags timeout; }
add set inet mesh-mesh0 live6 { type ipv6_addr; flags timeout; }
add set inet mesh-mesh0 served4 { type ipv4_addr; }
add set inet mesh-mesh0 served6 { type ipv6_addr; }
add map inet mesh-mesh0 in4 { type ipv4_addr : verdict; }
add map inet mesh-mesh0 out4 { type ipv4_addr : verdict; }
add map inet mesh-mesh0 in6 { type ipv6_addr : verdict; }
add map inet mesh-mesh0 out6 { type ipv6_addr : verdict; }
add chain inet mesh-mesh0 from_peers
flush chain inet mesh-mesh0 from_peers
add rule inet mesh-mesh0 from_peers ip saddr @live4 ip saddr vmap @in4
add rule inet mesh-mesh0 from_peers ip saddr @live4 return
add rule inet mesh-mesh0 from_peers ip6 saddr @live6 ip6 saddr vmap @in6
add rule inet mesh-mesh0 from_peers ip6 saddr @live6 return
add rule inet mesh-mesh0 from_peers drop
add chain inet mesh-mesh0 to_peers
flush chain inet mesh-mesh0 to_peers
add rule inet mesh-mesh0 to_peers ip daddr @live4 ip daddr vmap @out4
add rule inet mesh-mesh0 to_peers ip daddr @live4 return
add rule inet mesh-mesh0 to_peers ip6 daddr @live6 ip6 daddr vmap @out6
add rule inet mesh-mesh0 to_peers ip6 daddr @live6 return
add rule inet mesh-mesh0 to_peers drop
add chain inet mesh-mesh0 input { type filter hook input priority filter; policy accept; }
flush chain inet mesh-mesh0 input
add rule inet mesh-mesh0 input iifname "mesh0" jump from_peers
add chain inet mesh-mesh0 output { type filter hook output priority filter; policy accept; }
flush chain inet mesh-mesh0 output
add rule inet mesh-mesh0 output oifname "mesh0" jump to_peers
add chain inet mesh-mesh0 forward { type filter hook forward priority filter; policy accept; }
flush chain inet mesh-mesh0 forward
add rule inet mesh-mesh0 forward iifname "mesh0" drop
add rule inet mesh-mesh0 forward oifname "mesh0" drop
flush set inet mesh-mesh0 live4
flush set inet mesh-mesh0 served4
flush map inet mesh-mesh0 in4
flush map inet mesh-mesh0 out4
flush set inet mesh-mesh0 live6
flush set inet mesh-mesh0 served6
flush map inet mesh-mesh0 in6
flush map inet mesh-mesh0 out6
add set inet mesh-mesh0 limit_5000000_in4 { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m; }
add set inet mesh-mesh0 limit_5000000_in6 { type ipv6_addr; size 65535; flags dynamic,timeout; timeout 1m; }
add chain inet mesh-mesh0 limit_5000000_in
flush chain inet mesh-mesh0 limit_5000000_in
add rule inet mesh-mesh0 limit_5000000_in update @limit_5000000_in4 { ip saddr limit rate over 593750 bytes/second burst 59375 bytes } drop
add rule inet mesh-mesh0 limit_5000000_in update @limit_5000000_in6 { ip6 saddr limit rate over 593750 bytes/second burst 59375 bytes } drop
add set inet mesh-mesh0 limit_5000000_out4 { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m; }
add set inet mesh-mesh0 limit_5000000_out6 { type ipv6_addr; size 65535; flags dynamic,timeout; timeout 1m; }
add chain inet mesh-mesh0 limit_5000000_out
flush chain inet mesh-mesh0 limit_5000000_out
add rule inet mesh-mesh0 limit_5000000_out update @limit_5000000_out4 { ip daddr limit rate over 593750 bytes/second burst 59375 bytes } drop
add rule inet mesh-mesh0 limit_5000000_out update @limit_5000000_out6 { ip6 daddr limit rate over 593750 bytes/second burst 59375 bytes } drop
add element inet mesh-mesh0 live4 { 10.44.0.2 timeout 12s345ms }
add element inet mesh-mesh0 live6 { fd44::3 timeout 12s345ms }
add element inet mesh-mesh0 in6 { fd44::3 : jump limit_5000000_in }
add element inet mesh-mesh0 out6 { fd44::3 : jump limit_5000000_out }
`);
  });

  it('that allows forwarding checks forwarded packets in the same way', () => {
    const text = renderWhole({ ...table, forwarding: 'allow' }, [], 1_000);
    expect(text).toContain('add rule inet mesh-mesh0 forward iifname "mesh0" jump from_peers\n');
    expect(text).toContain('add rule inet mesh-mesh0 forward oifname "mesh0" jump to_peers\n');
    expect(text).not.toContain('"mesh0" drop');
  });

  it('changes a peer’s limit with one element in each map', () => {
    const changes = {
      removed: [],
      put: [element('10.44.0.2', 2_000)],
      before: [element('10.44.0.2', 1_000)],
    };
    const lines = renderChange(table, changes, 5_000).split('\n');
    expect(lines.filter((line) => / (in4|out4) /.test(line))).toEqual([
      'delete element inet mesh-mesh0 in4 { 10.44.0.2 }',
      'delete element inet mesh-mesh0 out4 { 10.44.0.2 }',
      'add element inet mesh-mesh0 in4 { 10.44.0.2 : jump limit_2000_in }',
      'add element inet mesh-mesh0 out4 { 10.44.0.2 : jump limit_2000_out }',
    ]);
  });

  it.each([
    ['self', 'in', 'tcp dport 8080', 'out', 'tcp sport 8080 tcp flags & (syn | ack) != syn'],
    ['peer', 'out', 'tcp dport 8080', 'in', 'tcp sport 8080 tcp flags & (syn | ack) != syn'],
  ] as const)(
    'lets a peer use one service of %s alone, and only the other end begin',
    (of, toService, to, fromService, from) => {
      const text = renderWhole(
        table,
        [element('10.44.0.2', 1_000, parseOnlyService({ port: 8080, of }))],
        1_000,
      );
      const lines = text.split('\n').filter((line) => line.includes('only_'));
      const chainOf = (way: string, passes: string) => [
        `add chain inet mesh-mesh0 only_${of}_8080_at_1000_${way}`,
        `flush chain inet mesh-mesh0 only_${of}_8080_at_1000_${way}`,
        `add rule inet mesh-mesh0 only_${of}_8080_at_1000_${way} ${passes} jump limit_1000_${way}`,
        `add rule inet mesh-mesh0 only_${of}_8080_at_1000_${way} ${passes} return`,
        `add rule inet mesh-mesh0 only_${of}_8080_at_1000_${way} drop`,
      ];
      const chains = { [toService]: chainOf(toService, to), [fromService]: chainOf(fromService, from) };
      expect(lines).toEqual([
        ...(chains.in ?? []),
        ...(chains.out ?? []),
        `add element inet mesh-mesh0 in4 { 10.44.0.2 : jump only_${of}_8080_at_1000_in }`,
        `add element inet mesh-mesh0 out4 { 10.44.0.2 : jump only_${of}_8080_at_1000_out }`,
      ]);
    },
  );

  it('frees a peer of its service, or takes it away, with every element that it had', () => {
    const kept = element('10.44.0.2', undefined, parseOnlyService({ port: 443, of: 'peer' }));
    const lines = (changes: Parameters<typeof renderChange>[1]) =>
      renderChange(table, changes, 5_000)
        .split('\n')
        .filter((line) => / (in4|out4|served4) /.test(line));
    const gone = [
      'delete element inet mesh-mesh0 served4 { 10.44.0.2 }',
      'delete element inet mesh-mesh0 in4 { 10.44.0.2 }',
      'delete element inet mesh-mesh0 out4 { 10.44.0.2 }',
    ];
    expect(lines({ removed: [], put: [element('10.44.0.2')], before: [kept] })).toEqual(gone);
    expect(lines({ removed: [kept], put: [], before: [] })).toEqual(gone);
  });

  it('forwards nothing from or to a peer that is kept to a service, even if it forwards', () => {
    const text = renderWhole({ ...table, forwarding: 'allow' }, [], 1_000);
    const forwarding = text.split('\n').filter((line) => line.includes('rule inet mesh-mesh0 forward'));
    expect(
      forwarding.slice(0, 4).map((line) => line.replace('add rule inet mesh-mesh0 forward ', '')),
    ).toEqual([
      'iifname "mesh0" ip saddr @served4 drop',
      'oifname "mesh0" ip daddr @served4 drop',
      'iifname "mesh0" ip6 saddr @served6 drop',
      'oifname "mesh0" ip6 daddr @served6 drop',
    ]);
  });

  it('is renewed by one batch of add, delete, add, and is removed whether or not it exists', () => {
    expect(renderRenewal(table, [element('10.44.0.2'), element('10.44.0.3')], 60_000)).toBe(`\
add element inet mesh-mesh0 live4 { 10.44.0.2, 10.44.0.3 }
delete element inet mesh-mesh0 live4 { 10.44.0.2, 10.44.0.3 }
add element inet mesh-mesh0 live4 { 10.44.0.2 timeout 60s0ms, 10.44.0.3 timeout 60s0ms }
`);
    expect(renderRemoval(table)).toBe('add table inet mesh-mesh0\ndelete table inet mesh-mesh0\n');
  });
});

describe('the bucket of a limit', () => {
  it.each([1, 1_000, 5_000_000, 1_000_000_000])(
    'at %i bit/s takes the largest packet and holds over ten seconds',
    (bits) => {
      const { bytesPerSecond, burstBytes } = bucketOf(limit(bits));
      expect(burstBytes).toBeGreaterThanOrEqual(9_000);
      if (bits < 1_000_000) return;
      const firstTenSeconds = (bytesPerSecond * 11 + burstBytes) * 8;
      expect(firstTenSeconds / (10 * bits)).toBeLessThan(1.06);
      expect((bytesPerSecond * 8) / bits).toBeGreaterThan(0.949);
    },
  );
});

describe('a value for a ruleset', () => {
  it.each([
    'mesh0"; add table inet x; #',
    'mesh0\nflush ruleset',
    'a b',
    '',
    '*',
    'mesh0}',
    '$(id)',
    'all',
    'nameoversixteen0',
  ])('is refused as an interface: %j', (name) => {
    expect(() => tableName(name as InterfaceName)).toThrow(
      expect.objectContaining({ code: 'invalid_interface_name' }),
    );
    expect(() => renderWhole({ interfaceName: name as InterfaceName, forwarding: 'drop' }, [], 1)).toThrow();
    expect(() => renderRemoval({ interfaceName: name as InterfaceName })).toThrow();
  });

  it.each([
    '10.0.0.1 }; flush ruleset',
    '10.0.0.1, 0.0.0.0/0',
    '10.0.0.1\nflush ruleset',
    '10.0.0.1/33',
    '@live4',
    'fd44::1%eth0',
    '',
    '10.0.0',
  ])('is refused as an address: %j', (address) => {
    expect(() => hostElement(address as never)).toThrow(expect.objectContaining({ code: 'invalid_cidr' }));
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1; drop' as never])(
    'is refused as a limit: %j',
    (bits) => {
      expect(() => parsePairLimit(bits)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    },
  );

  it.each([
    [0, 'self'],
    [65_536, 'self'],
    [80.5, 'peer'],
    [Number.NaN, 'peer'],
    ['80; drop' as never, 'peer'],
    [80, 'both'],
    [80, ''],
    [80, 'self drop'],
  ])('is refused as a service: %j of %j', (port, of) => {
    expect(() => parseOnlyService({ port, of })).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  it('that is wider than one host is not an element', () => {
    expect([hostElement(parseAllowedIp('10.44.0.0/24')), hostElement(parseAllowedIp('::/0'))]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('above the largest limit is no limit at all', () => {
    expect([parsePairLimit(100_000_000_000), parsePairLimit(100_000_000_001)]).toEqual([
      100_000_000_000,
      undefined,
    ]);
  });
});

describe('nft itself', () => {
  let host: LabHost;
  let nft: RunNft;
  beforeAll(async () => {
    host = await createLabHost();
    nft = createRunNft({ run: host.run, runtimeDir: host.runtimeDir, interfaceName: 'mesh0' });
  });
  afterAll(async () => {
    await host.close();
  });

  it.each(['mesh0', '0', '_x', 'mesh-1.2', 'A_very-long.n15'])(
    'takes every batch for %s, twice',
    async (name) => {
      const named = { interfaceName: parseInterfaceName(name), forwarding: 'drop' } as const;
      const limited = [element('10.44.0.2', 1), element('fd44::3', 100_000_000_000)];
      const kept = [
        element('10.44.0.5', 1, parseOnlyService({ port: 65_535, of: 'self' })),
        element('fd44::5', undefined, parseOnlyService({ port: 1, of: 'peer' })),
      ];
      const whole = renderWhole(named, [...limited, ...kept, element('10.44.0.4')], 31 * 86_400_000);
      await nft.check(whole);
      await nft.apply(whole);
      await nft.apply(whole);
      await nft.apply(
        renderChange(
          named,
          {
            removed: [element('10.44.0.4'), ...kept.slice(0, 1)],
            put: [element('10.44.0.2', 7, parseOnlyService({ port: 80, of: 'peer' })), element('fd44::5')],
            before: [...limited.slice(0, 1), ...kept.slice(1)],
          },
          1,
        ),
      );
      await nft.apply(renderRenewal(named, limited, 999));
      await nft.apply(renderRemoval(named));
      await nft.apply(renderRemoval(named));
      expect(await nft.list('list', 'tables')).toBe('');
    },
  );

  it('takes a thousand peers at once', async () => {
    const many = Array.from({ length: 1_000 }, (_, n) =>
      element(`10.44.${n >> 8}.${n & 255}`, 1_000 + (n % 3)),
    );
    await nft.apply(renderWhole(table, many, 180_000));
    await nft.apply(renderRenewal(table, many, 180_000));
    await nft.apply(renderRemoval(table));
  });

  it('refuses an invalid batch, and the kernel’s tables stay as they were', async () => {
    await expect(nft.apply('add table inet mesh-mesh0\nadd nonsense\n')).rejects.toMatchObject({
      name: 'TunnelError',
    });
    expect(await nft.list('list', 'tables')).toBe('');
  });
});
