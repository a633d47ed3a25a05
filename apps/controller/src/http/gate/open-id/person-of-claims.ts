// Who somebody is, and with which role, by what an OpenID provider says of them.

import type { AdminRole } from '@mesh/protocol';
import { ranks } from '../admin-caller.ts';

/** OpenID Connect Core section 2: at most 255 ASCII characters. We refuse spaces and control characters. */
const SUBJECT = /^[\x21-\x7E]{1,255}$/;
const LONGEST_NAME = 64;

export type Claims = Readonly<Record<string, unknown>>;

export const isSubject = (text: unknown): text is string => typeof text === 'string' && SUBJECT.test(text);

/** @returns the texts of a claim that is one or a list of them; undefined if there is no such claim */
export function groupsOf(claims: Claims, claim: string): readonly string[] | undefined {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
}

/** @returns the strongest role of the groups; undefined if none has one */
export function roleOf(
  groups: readonly string[],
  roles: Readonly<Record<string, AdminRole>>,
): AdminRole | undefined {
  const rankOf = (role: AdminRole) => ranks.indexOf(role);
  return groups
    .flatMap((group) => (Object.hasOwn(roles, group) ? [roles[group] as AdminRole] : []))
    .sort((one, other) => rankOf(other) - rankOf(one))[0];
}

/** What the page calls the person. It goes into no log. */
export function nameOf(claims: Claims, subject: string): string {
  const found = ['name', 'preferred_username', 'email']
    .map((claim) => claims[claim])
    .find((value) => typeof value === 'string' && value.trim() !== '');
  return (typeof found === 'string' ? found.trim() : subject).slice(0, LONGEST_NAME);
}
