// A session of the dashboard, as its page sees it.

import { formatRfc3339, type MeshId } from '@mesh/primitives';
import type { SessionView } from '@mesh/protocol';
import type { AdminSession, AdminSessions, SessionCaller } from '../gate/admin-sessions.ts';

export interface SessionViewPorts {
  readonly sessions: Pick<AdminSessions, 'idleMs'>;
  readonly meshId: MeshId;
}

export function sessionViewOf(
  { sessions, meshId }: SessionViewPorts,
  { owner, endsAtMs }: AdminSession,
  { name, role }: SessionCaller,
): SessionView {
  return {
    ...(owner.kind === 'key' ? { key_id: owner.keyId } : { person: owner.id }),
    name,
    role,
    mesh_id: meshId,
    ends_at: formatRfc3339(endsAtMs),
    idle_seconds: Math.floor(sessions.idleMs / 1_000),
  };
}
