import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SecretBytes } from '../src/index.ts';

const MARK = 0xa7;
const marked = () => new Uint8Array(32).fill(MARK);

describe('SecretBytes', () => {
  it('lends and copies its bytes', () => {
    using secret = SecretBytes.own(marked());
    expect(secret.lengthBytes).toBe(32);
    expect(secret.use((bytes) => bytes[31])).toBe(MARK);
    const copy = secret.copy();
    copy.fill(0);
    expect(secret.use((bytes) => bytes[0])).toBe(MARK);
  });

  it('copies even the bytes of a Buffer', () => {
    using secret = SecretBytes.own(Buffer.from(marked()));
    secret.copy().fill(0);
    expect(secret.use((bytes) => bytes[0])).toBe(MARK);
  });

  it('zeroes the bytes that it owns when the scope ends', () => {
    const bytes = marked();
    {
      using secret = SecretBytes.own(bytes);
      expect(secret.lengthBytes).toBe(32);
      expect(bytes).toEqual(marked());
    }
    expect(bytes).toEqual(new Uint8Array(32));
  });

  it('refuses every use after disposal, but a second disposal is not an error', () => {
    const secret = SecretBytes.own(marked());
    secret.dispose();
    secret.dispose();
    const disposed = expect.objectContaining({ code: 'disposed' });
    expect(() => secret.use(() => 1)).toThrow(disposed);
    expect(() => secret.copy()).toThrow(disposed);
    expect(() => secret.lengthBytes).toThrow(disposed);
  });

  it.each<[string, (secret: SecretBytes) => string]>([
    ['String()', (secret) => String(secret)],
    ['a template', (secret) => `${secret}`],
    ['JSON.stringify', (secret) => JSON.stringify({ secret })],
    ['inspect', (secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
    ['format %o', (secret) => format('%o %O %s %j', secret, secret, secret, secret)],
    ['Object.entries', (secret) => JSON.stringify([Object.entries(secret), { ...secret }])],
    ['structuredClone', (secret) => inspect(structuredClone({ secret }))],
  ])('%s shows nothing of it', (_name, show) => {
    const shown = show(SecretBytes.own(marked()));
    // Positive control: the same search finds bytes in the clear.
    const trace = /167|a7/i;
    expect(inspect(marked())).toMatch(trace);
    expect(shown).not.toMatch(trace);
  });

  it('keeps working when the borrower throws', () => {
    using secret = SecretBytes.own(marked());
    expect(() =>
      secret.use(() => {
        throw new Error('borrower');
      }),
    ).toThrow('borrower');
    expect(secret.use((bytes) => bytes[0])).toBe(MARK);
  });
});
