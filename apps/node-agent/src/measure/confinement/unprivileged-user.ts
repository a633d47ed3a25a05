// Finds the user that a benchmark command, or the process that asks a service, runs as. It is looked up in
// /etc/passwd or given as numbers, and is never root.

import { readFileSync } from 'node:fs';
import { AgentError } from '../../errors/agent-error.ts';

export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * @param spec `nobody`, or `65534:65534`
 * @param setting the name of the setting, for messages
 * @returns undefined if the agent is not root: it can become no other user and has no privileges to drop
 * @throws AgentError `usage`
 */
export function findUnprivilegedUser(
  spec: string,
  setting: string,
  effectiveUid: number,
  passwdPath = '/etc/passwd',
): UnprivilegedUser | undefined {
  if (effectiveUid !== 0) return undefined;
  const user = fromNumbers(spec) ?? fromPasswd(spec, passwdPath);
  if (user === undefined) {
    throw new AgentError('usage', `${setting}: there is no user ${spec} here; name one, or give uid:gid`);
  }
  if (user.uid === 0 || user.gid === 0) {
    throw new AgentError('usage', `${setting}: what measures never runs as root; name another user`);
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

/**
 * Whether this user and group exist in this user namespace. A namespace that an ordinary user made contains
 * only that user, as root.
 *
 * @param procSelf a folder with `uid_map` and `gid_map`, user_namespaces(7)
 */
export function isMapped({ uid, gid }: UnprivilegedUser, procSelf = '/proc/self'): boolean {
  const has = (map: string, id: number) =>
    readFileSync(`${procSelf}/${map}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .some(([first = 0, , count = 0]) => id >= first && id < first + count);
  return has('uid_map', uid) && has('gid_map', gid);
}
