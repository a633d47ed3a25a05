// Replaces a node's own keys by its own request, which its present identity key has signed. New WireGuard
// keys hold at once. A new identity key is announced first, and the node gets a certificate for it; the first
// request over that certificate shows that the node has it, and the key before it ends only then. So a lost
// answer costs nothing. The keys that were replaced are spent.

import type { IdentityKey, NodeId } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import type { InterfaceSlot } from '@mesh/wg';
import { type SlotSchedule, slotsInUse } from '../epochs/slots-in-use.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { WgPublicKeys } from '../events/node-key-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord } from '../state/records.ts';
import { formsOfIdentity } from '../state/spent-keys.ts';
import { findNamedKeysObjection } from './find-keys-objection.ts';
import { type Command, done, refused } from './outcome.ts';

/** Keys whose possession was proven. What is undefined stays. */
export interface ProvenRotation {
  readonly nodeId: NodeId;
  readonly identityKey: IdentityKey | undefined;
  readonly wgPublicKeys: { readonly [slot in InterfaceSlot]?: string | undefined };
  /** Whether a slot may be changed while it carries tunnels, which breaks them for a moment. */
  readonly mayInterrupt: boolean;
}

/** Idempotent: keys that the node has, or has announced, make no event. */
export function rotateKeys(wanted: ProvenRotation, schedule: SlotSchedule): Command {
  return (view, { nowMs }) => {
    const node = view.node(wanted.nodeId);
    if (node === undefined)
      return refused(problem('node_unknown', `node ${wanted.nodeId} is not enrolled here`));
    if (node.status === 'revoked')
      return refused(problem('node_revoked', `node ${node.nodeId} has been revoked`));
    const keys = newKeys(node, wanted);
    const objection =
      findNamedKeysObjection(view, [
        ...(keys.identityKey === undefined ? [] : formsOfIdentity(keys.identityKey)),
        ...keys.slots.map((slot) => keys.wgPublicKeys[slot] ?? ''),
      ]) ?? (wanted.mayInterrupt ? undefined : findSlotsObjection(view, node, keys.slots, schedule, nowMs));
    if (objection !== undefined) return refused(objection);
    return done(eventsOf(node, keys));
  };
}

/** Ends the key before, once the node has used the one that it announced. Harmless to repeat. */
export function useAnnouncedKey(nodeId: NodeId, identityKey: IdentityKey): Command {
  return (view) => {
    const node = view.node(nodeId);
    if (node === undefined || node.nextIdentityKey !== identityKey) return done([]);
    return done([{ type: 'identity_key_changed', nodeId: node.nodeId, identityKey }]);
  };
}

interface NewKeys {
  readonly identityKey: IdentityKey | undefined;
  /** Of both slots, as they will be. */
  readonly wgPublicKeys: WgPublicKeys;
  /** Those that change. */
  readonly slots: readonly InterfaceSlot[];
}

function newKeys(node: NodeRecord, wanted: ProvenRotation): NewKeys {
  const isNew = wanted.identityKey !== node.identityKey && wanted.identityKey !== node.nextIdentityKey;
  const { a = node.wgPublicKeys.a, b = node.wgPublicKeys.b } = wanted.wgPublicKeys;
  return {
    identityKey: isNew ? wanted.identityKey : undefined,
    wgPublicKeys: b === undefined ? { a } : { a, b },
    slots: [
      ...(a === node.wgPublicKeys.a ? [] : (['a'] as const)),
      ...(b === node.wgPublicKeys.b ? [] : (['b'] as const)),
    ],
  };
}

function findSlotsObjection(
  view: MeshView,
  { membership }: NodeRecord,
  slots: readonly InterfaceSlot[],
  schedule: SlotSchedule,
  nowMs: number,
): Problem | undefined {
  if (membership !== 'admitted') return undefined;
  const used = slotsInUse(view, schedule, nowMs);
  const busy = slots.filter((slot) => used.has(slot));
  if (busy.length === 0) return undefined;
  return problem(
    'state_conflict',
    `slot ${busy.join(' and ')} carries tunnels now, and nothing was changed: ${
      schedule.rotation === 'strict'
        ? 'ask again while the other slot does'
        : 'ask again once they have moved to the other slot, or let the change interrupt them'
    }`,
  );
}

function eventsOf({ nodeId }: NodeRecord, { identityKey, wgPublicKeys, slots }: NewKeys): MeshEvent[] {
  return [
    ...(slots.length === 0 ? [] : [{ type: 'wg_keys_changed', nodeId, wgPublicKeys } as const]),
    ...(identityKey === undefined ? [] : [{ type: 'identity_key_announced', nodeId, identityKey } as const]),
  ];
}
