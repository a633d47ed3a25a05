// Entries of the log as in-toto statements, which other tools can read: a Statement v1 about the entry.
//
//   subject     the entry's canonical bytes, by their SHA-256
//   predicate   { entry, revealed? }: the entry, and what it commits to
//
// The signer of one (`signStatement` of @mesh/protocol) states that the controller has given out this entry.
// A proof shows that the log holds it.

import type { JsonObject } from '@mesh/audit';
import { canonicalJson, defined, portableSha256, toHex, utf8 } from '@mesh/primitives';
import { STATEMENT_TYPE } from '@mesh/protocol';

const ENTRY_PREDICATE_TYPE = 'urn:aligned-mesh:log-entry:v1';

/** An entry as the administration gives it out. */
export interface ExportedEntry {
  readonly index: number;
  /** With what it commits to as `revealed`, unless that was erased. */
  readonly entry: JsonObject;
}

/** @throws PrimitivesError if the entry has no canonical JSON */
export function statementOf({ index, entry }: ExportedEntry): JsonObject {
  const { revealed, ...logged } = entry;
  const digest = toHex(portableSha256(utf8(canonicalJson(logged))));
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: `${String(logged.mesh_id)}/log/${index}`, digest: { sha256: digest } }],
    predicateType: ENTRY_PREDICATE_TYPE,
    predicate: { entry: logged, ...defined({ revealed }) },
  };
}
