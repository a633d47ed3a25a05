// The text of the host rules: what nft is given, and what is never part of it.

import type { InterfaceName } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import { hostTableName, renderHostRules } from '../../src/host-rules/render-host-rules.ts';
import { OWN, TABLE } from '../support/host-rules-lab.ts';

describe('the table of a node', () => {
  it('ties its addresses and its networks to its interfaces, in both directions', () => {
    expect(renderHostRules(TABLE, OWN)).toBe(`\
add table inet meshhost-mesh0
delete table inet meshhost-mesh0
add table inet meshhost-mesh0
add set inet meshhost-mesh0 mesh { type ifname; elements = { "mesh0", "mesh0-a", "mesh0-b" }; }
add set inet meshhost-mesh0 own4 { type ipv4_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 own4 { 10.44.0.1/32 }
add set inet meshhost-mesh0 networks4 { type ipv4_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 networks4 { 10.44.0.0/16 }
add set inet meshhost-mesh0 own6 { type ipv6_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 own6 { fd44::1/128 }
add set inet meshhost-mesh0 networks6 { type ipv6_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 networks6 { fd44::/64 }
add chain inet meshhost-mesh0 elsewhere { type filter hook prerouting priority raw; policy accept; }
flush chain inet meshhost-mesh0 elsewhere
add rule inet meshhost-mesh0 elsewhere iifname "lo" return
add rule inet meshhost-mesh0 elsewhere iifname @mesh return
add rule inet meshhost-mesh0 elsewhere ip daddr @own4 drop
add rule inet meshhost-mesh0 elsewhere ip saddr @own4 drop
add rule inet meshhost-mesh0 elsewhere ip6 daddr @own6 drop
add rule inet meshhost-mesh0 elsewhere ip6 saddr @own6 drop
add rule inet meshhost-mesh0 elsewhere ip saddr @networks4 drop
add rule inet meshhost-mesh0 elsewhere ip6 saddr @networks6 drop
add chain inet meshhost-mesh0 from_overlay
flush chain inet meshhost-mesh0 from_overlay
add rule inet meshhost-mesh0 from_overlay ip saddr != @networks4 drop
add rule inet meshhost-mesh0 from_overlay ip6 saddr != @networks6 drop
add chain inet meshhost-mesh0 to_own
flush chain inet meshhost-mesh0 to_own
add rule inet meshhost-mesh0 to_own ip daddr != @own4 drop
add rule inet meshhost-mesh0 to_own ip6 daddr != @own6 drop
add chain inet meshhost-mesh0 input { type filter hook input priority filter; policy accept; }
flush chain inet meshhost-mesh0 input
add rule inet meshhost-mesh0 input iifname @mesh jump from_overlay
add rule inet meshhost-mesh0 input iifname @mesh jump to_own
add chain inet meshhost-mesh0 forward { type filter hook forward priority filter; policy accept; }
flush chain inet meshhost-mesh0 forward
add rule inet meshhost-mesh0 forward iifname @mesh drop
add rule inet meshhost-mesh0 forward oifname @mesh drop
`);
  });

  it('of a host that forwards lets the overlay through to what lies behind it, and still drops strangers', () => {
    const text = renderHostRules({ ...TABLE, forwarding: 'allow' }, OWN);
    expect(text).not.toMatch(/forward [io]ifname @mesh drop/);
    expect(text).toContain('forward iifname @mesh jump from_overlay\n');
    expect(text).toContain('elsewhere ip saddr @networks4 drop\n');
  });

  it.each(['mesh0"; flush ruleset; #', 'a b', '', '*'])(
    'takes no interface name that is none: %j',
    (name) => {
      const bad = name as InterfaceName;
      expect(() => hostTableName(bad)).toThrow(expect.objectContaining({ code: 'invalid_interface_name' }));
      expect(() => renderHostRules({ ...TABLE, name: bad }, OWN)).toThrow();
      expect(() => renderHostRules(TABLE, OWN, [bad])).toThrow();
    },
  );

  it.each(['10.0.0.1 }; flush ruleset', '@own4', 'fd44::1%eth0', ''])(
    'takes no address that is none: %j',
    (text) => {
      expect(() => renderHostRules(TABLE, [text as never])).toThrow();
      expect(() => renderHostRules({ ...TABLE, networks: [text as never] }, OWN)).toThrow();
    },
  );
});
