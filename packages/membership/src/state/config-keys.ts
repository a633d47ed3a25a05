// The lists of the keys that sign configs, and how far a change of the key has come. Who signs is elsewhere:
// here is what commands and the database need to know.

import type { ConfigKeyList } from '@mesh/protocol';
import type { ConfigKeyEvent } from '../events/config-key-event.ts';

/** The time in which nodes trust two keys. */
export interface ConfigKeyOverlap {
  /** Whether the next key of the newest list signs. */
  readonly hasSwitched: boolean;
  /** The private half of the next key, sealed under the master key. */
  readonly sealedKey: Uint8Array;
  /** The nodes that have stored the newest list. */
  readonly confirmedBy: ReadonlySet<string>;
}

export interface ConfigKeyState {
  /** Every list that was ever made, the oldest first. Empty: there was only ever one key. */
  readonly lists: readonly ConfigKeyList[];
  /** Undefined: no change is under way, and the newest list names one key. */
  readonly overlap: ConfigKeyOverlap | undefined;
}

export const ONE_CONFIG_KEY: ConfigKeyState = { lists: [], overlap: undefined };

/** The public key that signs configs; undefined where there was only ever one. */
export function signingKeyOf({ lists, overlap }: ConfigKeyState): string | undefined {
  const newest = lists.at(-1);
  return overlap?.hasSwitched === true ? newest?.next?.public_key : newest?.present;
}

/** How often another key took over by a list that was made after this moment. */
export function changesSince({ lists }: ConfigKeyState, sinceMs: number): number {
  return lists.filter(
    ({ made_at_ms, present }, at) => made_at_ms > sinceMs && at > 0 && lists[at - 1]?.present !== present,
  ).length;
}

/** @returns undefined if the event does not fit the state: a bug in the command that made it */
export function configKeysAfter(before: ConfigKeyState, event: ConfigKeyEvent): ConfigKeyState | undefined {
  const { lists, overlap } = before;
  if (event.type === 'config_key_prepared') {
    const { list, sealedKey } = event;
    if (overlap !== undefined || list.next === undefined || !follows(list, lists)) return undefined;
    return {
      lists: [...lists, list],
      overlap: { hasSwitched: false, sealedKey, confirmedBy: new Set() },
    };
  }
  if (overlap === undefined) return undefined;
  switch (event.type) {
    case 'config_key_confirmed': {
      if (lists.at(-1)?.made_at_ms !== event.listMadeAtMs) return undefined;
      return { lists, overlap: { ...overlap, confirmedBy: new Set([...overlap.confirmedBy, event.nodeId]) } };
    }
    case 'config_key_switched':
      return overlap.hasSwitched ? undefined : { lists, overlap: { ...overlap, hasSwitched: true } };
    case 'config_key_finished':
    case 'config_key_aborted': {
      const isEnd = event.type === 'config_key_finished';
      if (overlap.hasSwitched !== isEnd || event.list.next !== undefined || !follows(event.list, lists))
        return undefined;
      return { lists: [...lists, event.list], overlap: undefined };
    }
    default:
      return event satisfies never;
  }
}

/** Whether a list is newer than those that there are. */
function follows(list: ConfigKeyList, lists: readonly ConfigKeyList[]): boolean {
  return list.made_at_ms > (lists.at(-1)?.made_at_ms ?? 0);
}
