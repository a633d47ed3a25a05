// Names of network interfaces. A name ends up in argv, in a socket's path and in firewall rules, so this
// allows less than Linux does.

import { WgError } from './errors.ts';

declare const brand: unique symbol;

export type InterfaceName = string & { readonly [brand]: 'interface-name' };

/** The two interfaces of strict rotation. */
export type InterfaceSlot = 'a' | 'b';

/** IFNAMSIZ is 16 with the terminating NUL (linux/if.h). */
export const MAX_INTERFACE_NAME_LENGTH = 15;
/** Leaves room for "-a" and "-b". */
export const MAX_SLOTTED_NAME_LENGTH = MAX_INTERFACE_NAME_LENGTH - 2;

// `wg show all` and `wg show interfaces` are commands; "all" and "default" are folders of net.ipv4.conf.
const RESERVED = new Set(['all', 'default', 'interfaces', 'lo']);

/**
 * Reads an interface name: 1 to 15 of A-Z a-z 0-9 _ . - that starts with a letter, a digit or `_` (never an
 * option, never `.` or `..`), and is not a word that `wg` or the kernel reads as something else.
 * @throws WgError `invalid_interface_name`
 */
export function parseInterfaceName(value: unknown): InterfaceName {
  return parseName(value, MAX_INTERFACE_NAME_LENGTH);
}

/** Reads the common part of two slots' names: like {@link parseInterfaceName}, with at most 13 characters. */
export function parseSlottedInterfaceName(value: unknown): InterfaceName {
  return parseName(value, MAX_SLOTTED_NAME_LENGTH);
}

/**
 * `mesh0` → `mesh0-a` or `mesh0-b`.
 *
 * @throws WgError `invalid_interface_name` if there is no room for the suffix.
 */
export function slotInterfaceName(name: InterfaceName, slot: InterfaceSlot): InterfaceName {
  if (slot !== 'a' && slot !== 'b') throw new WgError('invalid_interface_name', 'the slots are "a" and "b"');
  return `${parseSlottedInterfaceName(name)}-${slot}` as InterfaceName;
}

function parseName(value: unknown, maxLength: number): InterfaceName {
  if (typeof value !== 'string' || value.length > maxLength || !/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(value)) {
    throw new WgError(
      'invalid_interface_name',
      `an interface name is 1 to ${maxLength} of A-Z a-z 0-9 _ . - and starts with none of the last two`,
    );
  }
  if (RESERVED.has(value))
    throw new WgError('invalid_interface_name', `"${value}" is reserved: choose another name`);
  return value as InterfaceName;
}
