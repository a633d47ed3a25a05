// The parts of a batch for `nft -f`. One batch is one transaction. Pure.

import type { IpFamily } from '@mesh/wg';

/** The type of a set's elements. */
export const ADDRESS_TYPE: Record<IpFamily, string> = { 4: 'ipv4_addr', 6: 'ipv6_addr' };

/** A chain with exactly these rules. `hook` makes it a base chain. */
export function chain(table: string, name: string, rules: readonly string[], hook = ''): string[] {
  return [
    `add chain inet ${table} ${name}${hook}`,
    `flush chain inet ${table} ${name}`,
    ...rules.map((rule) => `add rule inet ${table} ${name} ${rule}`),
  ];
}

/** A base chain of the filter type: a packet that none of its rules drops is accepted. */
export function filterChain(
  table: string,
  hook: 'input' | 'output' | 'forward',
  rules: readonly string[],
): string[] {
  return chain(table, hook, rules, ` { type filter hook ${hook} priority filter; policy accept; }`);
}

/** Removes the table whether or not it is there. */
export function removeTable(table: string): string[] {
  return [`add table inet ${table}`, `delete table inet ${table}`];
}

export function batch(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
