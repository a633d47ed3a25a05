// GET /health, on the public listener and on the administration socket.

import type { HttpBindings } from '@hono/node-server';
import { ProblemError, problem } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Publication } from '../../publish/publication.ts';

export interface AdminHealthPorts {
  readonly publication: Publication;
}

export interface PublicHealthPorts extends AdminHealthPorts {
  readonly journal: { readonly failing: boolean };
}

/** Answers `ok` even if the database takes no writes: the operator asks whether the process runs. */
export function adminHealthRoute({ publication }: AdminHealthPorts): Handler {
  return (context) => context.json({ status: 'ok', epoch_id: publication.version().epochId });
}

/** Answers with a problem while the controller cannot admit nodes or has no epoch yet. */
export function publicHealthRoute({
  publication,
  journal,
}: PublicHealthPorts): Handler<{ Bindings: HttpBindings }> {
  return (context) => {
    if (journal.failing)
      throw new ProblemError(problem('storage_unavailable', 'the database cannot be written'), 1);
    if (!publication.ready)
      throw new ProblemError(problem('not_ready', 'the first epoch is being opened'), 1);
    return context.json({ status: 'ok', epoch_id: publication.version().epochId });
  };
}
