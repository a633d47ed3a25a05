import { leafHash } from '@mesh/audit';
import { type JsonValue, portableSha256, toHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { statementOf } from '../src/index.ts';
import { denialStory, MeshTree } from './support/mesh-log.ts';

const { log, decision } = denialStory();
const { bytes, details } = new MeshTree(log).entries[decision] as MeshTree['entries'][number];
const entry = { ...(JSON.parse(Buffer.from(bytes).toString()) as object), revealed: details as JsonValue };
const exported = { index: decision, entry };

describe('a statement about an entry', () => {
  it('is a Statement v1 about the bytes that the log has', () => {
    const statement = statementOf(exported);
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: `lab/log/${decision}`, digest: { sha256: toHex(portableSha256(bytes)) } }],
      predicateType: 'urn:aligned-mesh:log-entry:v1',
      predicate: { entry: { type: 'node_denied', node_id: 'node-a' }, revealed: details },
    });
    expect(JSON.stringify(statement.subject)).not.toContain(toHex(leafHash(bytes)));
    expect(
      statementOf({ ...exported, entry: { ...entry, at: '2030-01-01T00:00:00.000Z' } }).subject,
    ).not.toEqual(statement.subject);
  });
});
