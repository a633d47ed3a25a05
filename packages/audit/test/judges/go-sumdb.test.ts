// Go's sumdb/note and sumdb/tlog judge what this package makes, and this package judges what they make.
import { decodeBase64, encodeBase64, utf8 } from '@mesh/primitives';
import { beforeAll, expect, it } from 'vitest';
import {
  leafHash,
  openCheckpoint,
  parseCheckpoint,
  parseVerifierKey,
  proveConsistency,
  proveInclusion,
  renderCheckpoint,
  renderNote,
  renderTilePath,
  renderVerifierKey,
  signCheckpoint,
  TileEdge,
  verifyConsistency,
  verifyInclusion,
  type WrittenTile,
} from '../../src/index.ts';
import { entryOf, flipped, leafOf, numbered, rootOf } from '../support/log.ts';
import { checkpointText, logKey, ORIGIN, TIME, witness } from '../support/signers.ts';
import { base64, buildJudge, type Case, type Judge, type Result } from './judge.ts';

/** The origin that Go's own checkpoints have. */
const GO_ORIGIN = 'go.sum database tree';
const SIZES = Array.from({ length: 34 }, (_, at) => at + 1);

let judge: Judge;
beforeAll(() => {
  judge = buildJudge();
});

const one = (question: Case): Result => judge([question])[0] as Result;
const leaves = (count: number) => Array.from({ length: count }, (_, index) => encodeBase64(entryOf(index)));
const isTaken = ({ error }: Result) => error === undefined;

function openingOf(note: Uint8Array, keys: readonly string[]): Case {
  return { op: 'open', note: encodeBase64(note), keys };
}

/** Whether this package takes a note that both keys have to have signed. */
function isOpenedHere(note: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(note);
    const trust = { origin: ORIGIN, logKeys: [logKey.key], witnessKeys: [witness.key] };
    return openCheckpoint(text, trust).cosignatures.length === 1;
  } catch {
    return false;
  }
}

it('a note that this package signed is opened by Go, with its cosignature', () => {
  const text = checkpointText();
  const note = renderNote({
    text,
    signatures: [logKey, witness].map((key) => signCheckpoint(key, text, TIME)),
  });
  const keys = [logKey, witness].map(({ key }) => renderVerifierKey(key));
  expect(one(openingOf(utf8(note), keys))).toEqual({ size: 0, text });
  expect(isOpenedHere(utf8(note))).toBe(true);
});

it('a note with any single bit changed is opened by neither', () => {
  const text = checkpointText();
  const signatures = [logKey, witness].map((key) => signCheckpoint(key, text, TIME));
  const note = utf8(renderNote({ text, signatures }));
  const keys = [logKey, witness].map(({ key }) => renderVerifierKey(key));
  const changed = [...flipped(note)];
  const byGo = judge(changed.map((bytes) => openingOf(bytes, keys))).map(isTaken);
  expect(changed.length).toBeGreaterThan(2_000);
  expect(changed.filter(isOpenedHere)).toEqual([]);
  // Go ignores the last bits of base64, which stand for no byte. This package refuses such a text.
  const taken = changed.filter((_, at) => byGo[at]);
  expect(taken.length).toBeGreaterThan(0);
  for (const bytes of taken) expect(blobsOf(bytes)).toEqual(blobsOf(note));
});

const blobsOf = (note: Uint8Array) =>
  [...new TextDecoder().decode(note).matchAll(/^— \S+ (\S+)$/gm)].map(([, blob]) =>
    Buffer.from(blob as string, 'base64').toString('hex'),
  );

it('a note that Go signed is verified here, and not with another size in it', () => {
  const { note, key } = one({ op: 'sign', name: ORIGIN, text: checkpointText() });
  const logKeys = [parseVerifierKey(key as string)];
  expect(renderVerifierKey(logKeys[0] as (typeof logKeys)[0])).toBe(key);
  const opened = openCheckpoint(note as string, { origin: ORIGIN, logKeys });
  expect(opened.checkpoint).toEqual({ origin: ORIGIN, size: 7, root: rootOf(7), extensions: [] });
  const changed = (note as string).replace('\n7\n', '\n6\n');
  expect(() => openCheckpoint(changed, { origin: ORIGIN, logKeys })).toThrow('is wrong');
});

it('the text of a checkpoint is what Go writes, and each reads the other’s', () => {
  const checkpoints = SIZES.map((size) => ({ origin: GO_ORIGIN, size, root: rootOf(size), extensions: [] }));
  const written = judge(
    checkpoints.map(({ size, root }) => ({ op: 'format', size, root: encodeBase64(root) })),
  );
  expect(written.map(({ text }) => text)).toEqual(checkpoints.map(renderCheckpoint));
  expect(written.map(({ text }) => parseCheckpoint(text as string))).toEqual(checkpoints);
  const read = judge(checkpoints.map((each) => ({ op: 'parse', text: renderCheckpoint(each) })));
  expect(read).toEqual(checkpoints.map(({ size, root }) => ({ size, root: encodeBase64(root) })));
});

it('roots, inclusion and consistency proofs are Go’s, hash by hash, for every size to 34', () => {
  const { roots, paths } = one({ op: 'proofs', leaves: leaves(SIZES.length) });
  expect(roots).toEqual(base64(SIZES.map((size) => rootOf(size))));
  const made = SIZES.flatMap((size) =>
    Array.from({ length: size }, (_, index) => [
      [`record ${size} ${index}`, base64(proveInclusion(index, size, numbered))],
      [`tree ${size} ${index + 1}`, base64(proveConsistency(index + 1, size, numbered))],
    ]),
  ).flat();
  expect(Object.fromEntries(Object.entries(paths ?? {}).map(([name, path]) => [name, path ?? []]))).toEqual(
    Object.fromEntries(made),
  );
});

it.each([
  [1, 2, 0],
  [3, 7, 2],
  [4, 7, 6],
  [6, 8, 5],
  [21, 34, 33],
])('proofs from %i to %i and of %s: a single bit changed is refused by both', (oldSize, size, index) => {
  const [root, oldRoot, leaf] = [rootOf(size), rootOf(oldSize), leafOf(index)];
  const inclusion = { leaf, index, size, path: proveInclusion(index, size, numbered), root };
  const growth = { oldSize, oldRoot, newSize: size, newRoot: root };
  const consistency = { ...growth, proof: proveConsistency(oldSize, size, numbered) };
  const inclusions = [
    inclusion,
    { ...inclusion, index: index ^ 1 },
    ...changes(inclusion.path).map((path) => ({ ...inclusion, path })),
    ...[...flipped(leaf)].map((other) => ({ ...inclusion, leaf: other })),
    ...[...flipped(root)].map((other) => ({ ...inclusion, root: other })),
  ];
  const consistencies = [
    consistency,
    { ...consistency, oldSize: oldSize + 1 },
    ...changes(consistency.proof).map((proof) => ({ ...consistency, proof })),
    ...[...flipped(oldRoot)].map((other) => ({ ...consistency, oldRoot: other })),
    ...[...flipped(root)].map((other) => ({ ...consistency, newRoot: other })),
  ];
  const byGo = judge([...inclusions.map(inclusionCase), ...consistencies.map(consistencyCase)]).map(isTaken);
  const here = [
    ...inclusions.map((claim) => verifyInclusion(claim)),
    ...consistencies.map((claim) => verifyConsistency(claim)),
  ];
  expect(byGo).toEqual(here);
  expect(here.filter((taken) => taken)).toHaveLength(2);
  expect([here[0], here[inclusions.length]]).toEqual([true, true]);
});

/** Every single bit of a path the other way, one hash too few, and one too many. */
function changes(path: readonly Uint8Array[]): Uint8Array[][] {
  const bits = path.flatMap((hash, at) => [...flipped(hash)].map((other) => path.with(at, other)));
  return [...bits, path.slice(1), [...path, leafOf(0)]];
}

function inclusionCase(claim: Parameters<typeof verifyInclusion>[0]): Case {
  const { leaf, index, size, path, root } = claim;
  return {
    op: 'check-inclusion',
    leaf: encodeBase64(leaf),
    index,
    size,
    proof: base64(path),
    root: encodeBase64(root),
  };
}

function consistencyCase(claim: Parameters<typeof verifyConsistency>[0]): Case {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  return {
    op: 'check-consistency',
    oldSize,
    oldRoot: encodeBase64(oldRoot),
    size: newSize,
    root: encodeBase64(newRoot),
    proof: base64(proof),
  };
}

it('tiles are Go’s, byte for byte and path by path, whole ones and partial ones of every width', () => {
  const size = 600;
  const edge = new TileEdge();
  const files = new Map<string, Uint8Array>();
  const write = (tile: WrittenTile) => files.set(renderTilePath(tile), tile.bytes);
  for (let index = 0; index < size; index++) {
    edge.append(leafHash(entryOf(index))).forEach(write);
    // Go names what a tree of 600 needs: its last tiles, in every width that they have had.
    if (index >= 512 || index % 256 === 255) edge.partialTiles().forEach(write);
  }
  const { tiles = {} } = one({ op: 'tiles', leaves: leaves(size) });
  const made = [...files].filter(([path]) => !path.startsWith('tile/entries'));
  expect(made.map(([path]) => path).sort()).toEqual(Object.keys(tiles).sort());
  for (const [path, bytes] of made) expect(bytes, path).toEqual(decodeBase64(tiles[path] as string));
});
