// Whom a benchmark command runs as: looked up in /etc/passwd, or given as numbers. Never root.

import { readFileSync } from 'node:fs';
import { AgentError } from '../../agent-error.ts';

export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * @param spec `nobody`, or `65534:65534`
 * @returns undefined where the agent is not root: then there is nobody to become, and nothing to drop
 * @throws AgentError `usage`
 */
export function findUnprivilegedUser(
  spec: string,
  effectiveUid: number,
  passwdPath = '/etc/passwd',
): UnprivilegedUser | undefined {
  if (effectiveUid !== 0) return undefined;
  const user = fromNumbers(spec) ?? fromPasswd(spec, passwdPath);
  if (user === undefined) {
    throw new AgentError(
      'usage',
      `measure.command.user: there is no user ${spec} here; name one, or give uid:gid`,
    );
  }
  if (user.uid === 0 || user.gid === 0) {
    throw new AgentError(
      'usage',
      'measure.command.user: a benchmark command never runs as root; name another user',
    );
  }
  return user;
}

function fromNumbers(spec: string): UnprivilegedUser | undefined {
  const match = /^(\d{1,10}):(\d{1,10})$/.exec(spec);
  return match === null ? undefined : { uid: Number(match[1]), gid: Number(match[2]) };
}

/** passwd(5): name:password:uid:gid:… */
function fromPasswd(name: string, passwdPath: string): UnprivilegedUser | undefined {
  for (const line of readFileSync(passwdPath, 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name && uid !== undefined && gid !== undefined)
      return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
