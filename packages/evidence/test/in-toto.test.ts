import { createPublicKey, verify } from 'node:crypto';
import { leafHash } from '@mesh/audit';
import { ed25519PublicKey, type JsonValue, portableSha256, signEd25519, toHex, utf8 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { signStatement, statementOf } from '../src/index.ts';
import { denialStory, MeshTree } from './support/mesh-log.ts';

const { log, decision } = denialStory();
const { bytes, details } = new MeshTree(log).entries[decision] as MeshTree['entries'][number];
const entry = { ...(JSON.parse(Buffer.from(bytes).toString()) as object), revealed: details as JsonValue };
const exported = { index: decision, entry };

describe('an attestation of an entry', () => {
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

  it('is signed as DSSE says, which another implementation verifies', () => {
    const seed = new Uint8Array(32).fill(5);
    const envelope = signStatement(statementOf(exported), 'auditor', (message) => signEd25519(message, seed));
    const payload = Buffer.from(envelope.payload, 'base64');
    const message = Buffer.concat([
      Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `),
      payload,
    ]);
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(ed25519PublicKey(seed)).toString('base64url') },
      format: 'jwk',
    });
    const [signature] = envelope.signatures;
    const bare = Buffer.from(signature?.sig ?? '', 'base64');
    expect(verify(null, message, key, bare)).toBe(true);
    expect(verify(null, Buffer.concat([message, utf8(' ')]), key, bare)).toBe(false);
    expect([envelope.payloadType, signature?.keyid]).toEqual(['application/vnd.in-toto+json', 'auditor']);
  });
});
