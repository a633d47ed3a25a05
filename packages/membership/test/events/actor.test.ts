// Every entry of an administrator's action names who did it.

import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { type Actor, actorFields, logEntryOf, type MeshEvent } from '../../src/index.ts';

const nodeId = parseNodeId('node-a');
const byKey: Actor = { kind: 'key', id: '0011223344556677' };

const actions: readonly MeshEvent[] = [
  {
    type: 'token_created',
    tokenId: 'AQEBAQEBAQEB' as never,
    secretHash: '00' as never,
    uses: 1,
    class: 'default',
    nodeId: undefined,
    expiresAtMs: 1,
    actor: byKey,
  },
  { type: 'node_quarantined', nodeId, why: 'x', actor: byKey },
  { type: 'node_released', nodeId, why: 'x', actor: byKey },
  { type: 'node_revoked', nodeId, why: 'x', actor: byKey },
  { type: 'sequences_reset', nodeId, lowered: {}, to: 1, why: 'x', actor: byKey },
  {
    type: 'maintenance_started',
    officer: { name: 'alice', publicKey: 'k' },
    request: {} as never,
    untilMs: 1,
    actor: byKey,
  },
  { type: 'maintenance_ended', requestId: 'r', actor: byKey },
  { type: 'backup_requested', actor: byKey },
  { type: 'alerts_tested', receivers: ['ops'], actor: byKey },
  {
    type: 'epoch_opened',
    epochId: 2 as never,
    activateAtMs: 1,
    commitment: 'c',
    cause: 'manual',
    admittedCount: 0,
    actor: byKey,
  },
  { type: 'token_withdrawn', tokenId: 't' as never, why: 'w', actor: byKey },
  { type: 'node_approved', nodeId: 'n' as never, why: 'w', actor: byKey },
  { type: 'node_rejected', nodeId: 'n' as never, why: 'w', actor: byKey },
  { type: 'node_class_changed', nodeId: 'n' as never, from: 'a', to: 'b', why: 'w', actor: byKey },
  { type: 'node_deleted', nodeId: 'n' as never, class: 'a', addressesHeldUntilMs: 1, why: 'w', actor: byKey },
];

describe('the log entry', () => {
  it.each(actions)('of $type names its actor', (event) => {
    expect(logEntryOf(event).data).toMatchObject({ actor: 'key', actor_id: '0011223344556677' });
  });

  it('of an epoch that the clock opened names nobody', () => {
    const event = {
      ...actions.find(({ type }) => type === 'epoch_opened'),
      actor: undefined,
    } as unknown as MeshEvent;
    expect(Object.keys(logEntryOf(event).data)).not.toContain('actor');
  });
});

it('an actor without an id has no actor_id', () => {
  expect(actorFields({ kind: 'socket' })).toEqual({ actor: 'socket' });
});
