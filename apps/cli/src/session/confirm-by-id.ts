// Lets the operator type a node's id again before something permanent is done to it.

import { CliError } from '../errors/cli-error.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * @param doing what is about to be done: `Revoking`
 * @throws CliError `usage` for another answer, and where nobody can be asked
 */
export async function confirmById(doing: string, id: string, ports: Ports): Promise<void> {
  const answer = await ports.ask(`${doing} ${id} cannot be undone. Type its id to go on: `);
  if (answer === undefined)
    throw new CliError(
      'usage',
      `${doing.toLowerCase()} cannot be undone and nobody is here to ask: say --yes`,
    );
  if (answer.trim() !== id) throw new CliError('usage', 'that is not the id: nothing was done');
}
