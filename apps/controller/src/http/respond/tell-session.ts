// Says in the controller's log who has signed in to the dashboard and out of it. The mesh's log has no entry
// of it: a sign-in changes nothing in the mesh, what is done in a session has an entry with its actor, and
// whoever has a viewer's key could make that log grow with sign-ins.

import type { IncomingMessage } from 'node:http';
import { LogField, type Logger } from '@mesh/host';
import { actorFields } from '@mesh/membership';
import type { AdminRole } from '@mesh/protocol';
import type { AdminSession, SessionOwner } from '../gate/admin-sessions.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';

export interface TellSessionPorts {
  readonly sources: SourceAddresses;
  readonly logger: Logger;
}

export function tellSignIn(
  { sources, logger }: TellSessionPorts,
  incoming: IncomingMessage,
  { owner }: AdminSession,
  role: AdminRole,
): void {
  const { actor, actor_id: id } = actorOf(owner);
  logger.info(
    {
      [LogField.actor]: actor,
      [LogField.actorId]: id,
      [LogField.role]: role,
      [LogField.remoteAddress]: sources.ofRequest(incoming) ?? 'unknown',
    },
    'somebody signed in to the dashboard',
  );
}

export function tellSignOut(
  { sources, logger }: TellSessionPorts,
  incoming: IncomingMessage,
  { owner }: AdminSession,
): void {
  const { actor, actor_id: id } = actorOf(owner);
  logger.info(
    {
      [LogField.actor]: actor,
      [LogField.actorId]: id,
      [LogField.remoteAddress]: sources.ofRequest(incoming) ?? 'unknown',
    },
    'somebody signed out of the dashboard',
  );
}

/** As the mesh's log names it: `key` after a sign-in with an API key, `oidc` after one at a provider. */
function actorOf(owner: SessionOwner): ReturnType<typeof actorFields> {
  return actorFields(
    owner.kind === 'key' ? { kind: 'key', id: owner.keyId } : { kind: 'oidc', id: owner.id },
  );
}
