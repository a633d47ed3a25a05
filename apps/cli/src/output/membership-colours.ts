// Colours a node's membership and status, in the same way in every command.

import type { Membership, NodeSummary } from '@mesh/protocol';
import type { Paint } from '../session/session.ts';
import type { Cell } from './table.ts';

export function paintMembership(membership: Membership, paint: Paint): Cell {
  const by = { ALLOWED: paint.good, DENIED: paint.bad, UNKNOWN: paint.unsure };
  return { text: membership, paint: by[membership] };
}

export function paintStatus(status: NodeSummary['status'], paint: Paint): Cell {
  const by = {
    active: paint.good,
    pending: paint.unsure,
    quarantined: paint.unsure,
    revoked: paint.bad,
  };
  return { text: status, paint: by[status] };
}
