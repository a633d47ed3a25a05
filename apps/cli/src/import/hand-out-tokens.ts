// Makes the join tokens of imported nodes, each in a file of its own that only this user can read.

import { join } from 'node:path';
import { errorCodeOf } from '@mesh/host';
import { defined } from '@mesh/primitives';
import type { SecretFile } from '../ports/ports.ts';
import { explainUnsaved, openSecretOut } from '../secrets/open-secret-out.ts';
import type { Session } from '../session/session.ts';
import type { ImportedNode } from './imported-node.ts';

export interface TokenFile {
  readonly path: string;
  /** False if an earlier run has made it. */
  readonly isNew: boolean;
}

/**
 * One after the other. A file that is there already is left alone, so a run that failed can be repeated.
 *
 * @param ttlSeconds how long the tokens are valid; undefined for the controller's default
 * @returns the file of each node, in their order
 * @throws CliError `usage` if a file cannot be made or written; what the client rejects with
 */
export async function handOutTokens(
  nodes: readonly ImportedNode[],
  folder: string,
  ttlSeconds: number | undefined,
  { client, ports }: Session,
): Promise<readonly TokenFile[]> {
  const files: TokenFile[] = [];
  for (const node of nodes) {
    const path = join(folder, `${node.id}.token`);
    const file = openUnlessThere(path, ports);
    files.push({ path, isNew: file !== undefined });
    if (file === undefined) continue;
    const request = { uses: 1, node_id: node.id, ...defined({ class: node.class, ttl_seconds: ttlSeconds }) };
    const { token } = await client.createToken(request).catch((error: unknown) => {
      file.discard();
      throw error;
    });
    try {
      file.save(`${token}\n`);
    } catch (error) {
      throw explainUnsaved('the token', path, error);
    }
  }
  return files;
}

function openUnlessThere(path: string, ports: Session['ports']): SecretFile | undefined {
  try {
    return openSecretOut(path, ports);
  } catch (error) {
    if (error instanceof Error && errorCodeOf(error.cause) === 'EEXIST') return undefined;
    throw error;
  }
}
