// Keys of the log that this browser has seen first, and those that they vouch for.

import {
  ed25519SigningKey,
  renderCheckpoint,
  renderNote,
  renderTlogProof,
  renderVerifierKey,
  type SigningKey,
  signCheckpoint,
} from '@mesh/audit';
import type { LogEntryView } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { checkHead } from '../../src/log/check-head.ts';
import { knownKeys, leafOf, UnknownKeysError } from '../../src/log/known-keys.ts';

const ORIGIN = 'mesh.example/log';
const key = (seed: number, name = ORIGIN) =>
  ed25519SigningKey(name, 'ed25519', new Uint8Array(32).fill(seed));
const textOf = ({ key: verifier }: SigningKey) => renderVerifierKey(verifier);
const [before, after, stranger] = [key(1), key(2), key(3)];

function storage(kept?: readonly SigningKey[]) {
  const items = new Map<string, string>();
  if (kept !== undefined) items.set(`log keys of ${ORIGIN}`, kept.map(textOf).join('\n'));
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
  };
}

const change = (keys: readonly SigningKey[]): LogEntryView =>
  ({ index: 0, entry: { type: 'log_key_prepared', data: { verifier_keys: keys.map(textOf) } } }) as never;

/** A log that has this entry alone, with a head that these keys have signed. */
function headOf({ entry }: LogEntryView, signers: readonly SigningKey[]): string {
  const text = renderCheckpoint({ origin: ORIGIN, size: 1, root: leafOf(entry), extensions: [] });
  return renderNote({
    text,
    signatures: signers.map((signer) => signCheckpoint(signer, text, 1_700_000_000)),
  });
}

const ask = (
  kept: ReturnType<typeof storage>,
  named: readonly SigningKey[],
  entry: LogEntryView | undefined,
  signers: readonly SigningKey[],
) =>
  knownKeys(
    { origin: ORIGIN, verifier_keys: named.map(textOf) },
    {
      storage: kept,
      newestChange: async () => entry,
      proofOf: async () =>
        renderTlogProof({ index: 0, path: [], checkpoint: headOf(entry as LogEntryView, signers) }),
    },
  );

it('those that were seen first are kept, in whatever order they come later', async () => {
  const kept = storage();
  expect(await ask(kept, [before, after], undefined, [])).toHaveLength(2);
  expect(await ask(kept, [after, before], undefined, [])).toEqual([before, after].map(textOf));
});

it('new ones count when a head that a known one has signed covers the entry that names them', async () => {
  const kept = storage([before]);
  const both = [before, after];
  expect(await ask(kept, both, change(both), both)).toEqual(both.map(textOf));
  // And when the change is finished, the new one vouches that the old one has ended.
  expect(await ask(kept, [after], change([after]), [after])).toEqual([textOf(after)]);
  expect([...kept.items.values()]).toEqual([textOf(after)]);
});

it.each([
  ['no entry says so', [after], undefined, [before]],
  ['only the new one has signed the head', [after], change([after]), [after]],
  ['the entry names others', [stranger], change([after]), [before]],
  ['a stranger has signed the head', [after], change([after]), [stranger]],
] as const)(
  'new ones are refused, and the known ones kept, where %s',
  async (_what, named, entry, signers) => {
    const kept = storage([before]);
    await expect(ask(kept, named, entry, signers)).rejects.toThrow(UnknownKeysError);
    expect([...kept.items.values()]).toEqual([textOf(before)]);
  },
);

it('a head says how many witnesses have cosigned it, each once, and is refused below the number that it needs', () => {
  const witness = (seed: number, name: string) =>
    ed25519SigningKey(name, 'ed25519-cosignature', new Uint8Array(32).fill(seed));
  const [one, oneAgain, other] = [
    witness(4, 'one.example'),
    witness(5, 'one.example'),
    witness(6, 'two.example'),
  ];
  const view = {
    origin: ORIGIN,
    verifier_keys: [textOf(before)],
    witnesses: [
      { url: 'https://one.example', keys: [textOf(one), textOf(oneAgain)] },
      { url: 'https://two.example', keys: [textOf(other)] },
    ],
    required_cosignatures: 1,
  };
  const check = (signers: readonly SigningKey[], more: object = {}) =>
    checkHead(headOf(change([]), signers), { ...view, ...more }, [textOf(before)]);
  expect(check([before, one, oneAgain])).toEqual({
    kind: 'verified',
    sentence: 'the head of 1 entries: 1 of 2 witnesses, verified here',
  });
  expect(check([before, one, other]).sentence).toContain('2 of 2 witnesses');
  expect(check([before])).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('0 of 2') });
  expect(check([one, other])).toMatchObject({
    kind: 'refused',
    sentence: expect.stringMatching(/^NOT verified/),
  });
  // A witness that the settings do not name counts for nothing.
  expect(check([before, other], { witnesses: view.witnesses.slice(0, 1) })).toMatchObject({
    kind: 'refused',
  });
});
