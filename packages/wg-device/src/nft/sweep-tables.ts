// Removes tables whose interfaces are gone: a process left them and did not end in order. Only tables with
// the prefix and the sets of their kind are removed.

import type { InterfaceName } from '@mesh/wg';
import { type RunCommand, runOrThrow } from '../linux/run-command.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import type { RunNft } from './run-nft.ts';

/** How tables of one kind are recognised. */
export interface TableKind {
  /** The part of a table's name before the interface's name. */
  readonly prefix: string;
  /** The sets that each of these tables has. */
  readonly sets: readonly [string, string];
  /** Parses what follows the prefix. @throws WgError if it is another program's table */
  readonly parseName: (text: string) => InterfaceName;
  /** The table stays while one of these interfaces exists. */
  readonly interfacesOf: (name: InterfaceName) => readonly string[];
  /** The batch that removes the table. */
  readonly render: (name: InterfaceName) => string;
}

/**
 * @param keep the caller's own interface, which may not exist yet
 * @returns the names whose tables were removed
 * @throws TunnelError
 */
export async function sweepTables(
  nft: RunNft,
  run: RunCommand,
  kind: TableKind,
  keep: InterfaceName,
): Promise<InterfaceName[]> {
  const named = namesIn(await nft.list('-j', '-t', 'list', 'sets'), kind);
  if (named.length === 0) return [];
  const present = linkNames(new TextDecoder().decode(await runOrThrow(run, 'ip', ['-json', 'link', 'show'])));
  const stale = named.filter(
    (name) => name !== keep && !kind.interfacesOf(name).some((each) => present.has(each)),
  );
  for (const name of stale) await nft.apply(kind.render(name));
  return stale;
}

function namesIn(json: string, { prefix, sets, parseName }: TableKind): InterfaceName[] {
  const found = new Map<string, number>();
  for (const entry of asArray(asObject(parseJson(json)).nftables)) {
    const { family, table, name } = asObject(asObject(entry).set);
    if (family !== 'inet' || typeof table !== 'string' || !sets.some((set) => set === name)) continue;
    found.set(table, (found.get(table) ?? 0) + 1);
  }
  return [...found].flatMap(([table, count]) => {
    if (count !== sets.length || !table.startsWith(prefix)) return [];
    try {
      return [parseName(table.slice(prefix.length))];
    } catch {
      return [];
    }
  });
}

function linkNames(json: string): ReadonlySet<unknown> {
  return new Set(asArray(parseJson(json)).map((link) => asObject(link).ifname));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TunnelError('unexpected_answer', '`nft -j` or `ip -json` answered no JSON: update them');
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
