// The user of the process that asks services and reads result files.

import { findUnprivilegedUser, isMapped, type UnprivilegedUser } from './unprivileged-user.ts';

export const effectiveUid = (): number => process.geteuid?.() ?? 0;

/**
 * Finds the user for the process that asks a service. In a user namespace without other users, root is an
 * ordinary user of the host, and there is no user to become.
 *
 * @param spec the setting `measure.service_user`
 * @throws AgentError `usage`
 */
export function findServiceUser(spec: string): UnprivilegedUser | undefined {
  const user = findUnprivilegedUser(spec, 'measure.service_user', effectiveUid());
  return user === undefined || isMapped(user) ? user : undefined;
}
