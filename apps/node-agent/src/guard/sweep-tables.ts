// Tables that a guard left whose interface is gone: the host was not shut down in order. Only what has our prefix and
// our sets is touched.

import { type InterfaceName, parseInterfaceName } from '@mesh/wg';
import type { RunCommand } from '../tunnel/run-command.ts';
import { runOrThrow } from '../tunnel/run-command.ts';
import { TunnelError } from '../tunnel/tunnel-error.ts';
import { TABLE_PREFIX } from './guard-table.ts';
import { renderRemoval } from './render-nft.ts';
import type { RunNft } from './run-nft.ts';

/** @param keep our own interface, which may not be there yet @returns the interfaces whose tables were removed */
export async function sweepTables(
  nft: RunNft,
  run: RunCommand,
  keep: InterfaceName,
): Promise<InterfaceName[]> {
  const guarded = guardedInterfaces(await nft.list('-j', '-t', 'list', 'sets'));
  if (guarded.length === 0) return [];
  const links = namesOf(new TextDecoder().decode(await runOrThrow(run, 'ip', ['-json', 'link', 'show'])));
  const stale = guarded.filter((name) => name !== keep && !links.has(name));
  for (const interfaceName of stale) await nft.apply(renderRemoval({ interfaceName }));
  return stale;
}

function guardedInterfaces(json: string): InterfaceName[] {
  const live = new Map<string, number>();
  for (const entry of asArray(asObject(parseJson(json)).nftables)) {
    const { family, table, name } = asObject(asObject(entry).set);
    if (family !== 'inet' || typeof table !== 'string' || (name !== 'live4' && name !== 'live6')) continue;
    live.set(table, (live.get(table) ?? 0) + 1);
  }
  return [...live].flatMap(([table, count]) => {
    if (count !== 2 || !table.startsWith(TABLE_PREFIX)) return [];
    try {
      return [parseInterfaceName(table.slice(TABLE_PREFIX.length))];
    } catch {
      return [];
    }
  });
}

function namesOf(json: string): ReadonlySet<unknown> {
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
