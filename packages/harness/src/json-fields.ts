// Takes values out of JSON whose form is only partly known. What is absent, and what has another type, is
// undefined.

import type { JsonValue } from '@mesh/primitives';

type Value = JsonValue | undefined;

/** Names that every object inherits are members only where they are written. */
export function memberOf(value: Value, name: string): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
    return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[name];
}

/** The value at a path of member names. */
export const at = (value: Value, ...names: readonly string[]): Value => names.reduce(memberOf, value);

export const textAt = (value: Value, ...names: readonly string[]): string | undefined => {
  const found = at(value, ...names);
  return typeof found === 'string' && found !== '' ? found : undefined;
};

export const numberAt = (value: Value, ...names: readonly string[]): number | undefined => {
  const found = at(value, ...names);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
};

/** A whole number from 0. */
export const countAt = (value: Value, ...names: readonly string[]): number | undefined => {
  const found = numberAt(value, ...names);
  return found !== undefined && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
};

/** The entries of a list; none if there is no list. */
export const listAt = (value: Value, ...names: readonly string[]): readonly JsonValue[] => {
  const found = at(value, ...names);
  return Array.isArray(found) ? found : [];
};

/** The members of an object; none if there is no object. */
export const membersAt = (
  value: Value,
  ...names: readonly string[]
): readonly (readonly [string, JsonValue])[] => {
  const found = at(value, ...names);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? Object.entries(found) : [];
};
