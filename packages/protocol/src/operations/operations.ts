// The one table of the HTTP interface. The doors of the controller, the client and the OpenAPI document are
// built from it.

import { keyOperations } from './key-operations.ts';
import { memberOperations } from './member-operations.ts';
import { meshOperations } from './mesh-operations.ts';
import type { AdminOperation, MemberOperation, Operation } from './operation.ts';
import type { DoorName } from './problems-of.ts';
import { publicOperations } from './public-operations.ts';
import { ruleOperations } from './rule-operations.ts';

export const adminOperations = { ...meshOperations, ...ruleOperations, ...keyOperations } as const;

/** An operation with its name and its door. */
export interface NamedOperation {
  readonly door: DoorName;
  /** Its name in the document: `adminNodes`, `publicHealth`, `nodesEpoch`. */
  readonly id: string;
  readonly operation: Operation | MemberOperation | AdminOperation;
}

const PREFIX = { nodes: 'nodes', public: 'public', administration: 'admin' } as const;

function named(door: DoorName, table: Readonly<Record<string, Operation>>): NamedOperation[] {
  return Object.entries(table).map(([name, operation]) => ({
    door,
    id: `${PREFIX[door]}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    operation,
  }));
}

/** Every operation of every door. */
export const allOperations: readonly NamedOperation[] = [
  ...named('public', publicOperations),
  ...named('nodes', memberOperations),
  ...named('administration', adminOperations),
];
