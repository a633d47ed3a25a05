// The preshared keys of all pairs at both ends, read with the real tool and kept as digests.

import { createHash } from 'node:crypto';
import type { Lab, Mesh } from '@mesh/e2e';
import type { Window } from '../../quiet-windows.ts';

/** Digests by pair "x y", x < y: what x holds for y, and y for x. */
export type PairKeys = ReadonlyMap<string, readonly [string | undefined, string | undefined]>;

/** The keys of all pairs, read between the beginning of an epoch and `toMs`. */
export interface KeyLook extends Window {
  readonly keys: PairKeys;
}

export function pairOf(one: string, other: string): string {
  return [one, other].sort().join(' ');
}

export async function readPairKeys<Name extends string>(
  mesh: Mesh<Name>,
  lab: Lab<Name | 'controller'>,
  names: readonly Name[],
): Promise<PairKeys> {
  const held = new Map(
    await Promise.all(
      names.map(async (name) => {
        const [{ stdout }, node] = await Promise.all([
          lab.node(name).exec('wg', ['show', 'lab0', 'preshared-keys']),
          mesh.admin.node(name),
        ]);
        return [name, { keys: digestsByPeer(stdout), publicKey: node.wg_public_keys.a }] as const;
      }),
    ),
  );
  const at = (name: Name, peer: Name) => held.get(name)?.keys.get(held.get(peer)?.publicKey ?? '');
  const pairs = names.flatMap((one) =>
    names.filter((other) => other > one).map((other) => [one, other] as const),
  );
  return new Map(pairs.map(([one, other]) => [pairOf(one, other), [at(one, other), at(other, one)]]));
}

/** How many seconds ago the last handshake was, for every peer of every node. */
export async function handshakeAges<Name extends string>(
  lab: Lab<Name | 'controller'>,
  names: readonly Name[],
): Promise<number[]> {
  const ages = await Promise.all(
    names.map(async (name) => {
      const { stdout } = await lab.node(name).exec('wg', ['show', 'lab0', 'latest-handshakes']);
      return rowsOf(stdout).map(([, atSeconds]) => Date.now() / 1_000 - Number(atSeconds));
    }),
  );
  return ages.flat();
}

/**
 * Pairs whose ends were left alone, epoch by epoch: both have the same key, and not that of the last look.
 */
export function compareKeys<Name extends string>(
  looks: readonly KeyLook[],
  epochMs: number,
  isCalm: (name: Name, window: Window) => boolean,
): { readonly pairs: number; readonly differing: number; readonly repeated: number } {
  const last = new Map<string, string>();
  let [pairs, differing, repeated] = [0, 0, 0];
  for (const { keys, ...window } of looks) {
    // If the reading crossed a boundary, the ends may be in different epochs.
    if (window.toMs > window.fromMs + epochMs) continue;
    for (const [pair, [here, there]] of keys) {
      if (!pair.split(' ').every((name) => isCalm(name as Name, window))) continue;
      pairs += 1;
      if (here === undefined || here !== there) differing += 1;
      else if (last.get(pair) === here) repeated += 1;
      if (here !== undefined) last.set(pair, here);
    }
  }
  return { pairs, differing, repeated };
}

function digestsByPeer(text: string): Map<string, string> {
  return new Map(
    rowsOf(text).map(([publicKey = '', psk = '']) => [
      publicKey,
      createHash('sha256').update(psk).digest('hex'),
    ]),
  );
}

function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}
