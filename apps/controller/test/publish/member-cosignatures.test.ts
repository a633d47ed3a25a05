// Members as witnesses: a head is published when enough of them have cosigned it, each with its own key, and
// nothing else counts.

import {
  ed25519CosignedMessage,
  ed25519SigningKey,
  leafHash,
  openCheckpoint,
  parseNote,
  renderCheckpoint,
  renderNote,
  signCheckpoint,
  TileEdge,
  verifierKey,
} from '@mesh/audit';
import { createLogger } from '@mesh/host';
import {
  ed25519PublicKey,
  encodeBase64,
  parseMeshId,
  parseNodeId,
  signEd25519,
  utf8,
} from '@mesh/primitives';
import { type LogCosignature, memberCosigner } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { MemberCosignatures, type MemberCosignaturesOptions } from '../../src/publish/member-cosignatures.ts';
import { createEquationCheck } from '../../src/trust/ed25519-equation.ts';

const MESH = parseMeshId('testmesh');
const ORIGIN = 'mesh.example.com/testmesh';
const NOW_SECONDS = 1_800_000_000;
const logKey = ed25519SigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(1));

interface Member {
  readonly nodeId: ReturnType<typeof parseNodeId>;
  readonly seed: Uint8Array;
  readonly record: never;
}
const memberOf = (name: string, fill: number): Member => {
  const seed = new Uint8Array(32).fill(fill);
  const nodeId = parseNodeId(name);
  return { nodeId, seed, record: { nodeId, identityKey: encodeBase64(ed25519PublicKey(seed)) } as never };
};
const [A, B, C, OUT] = ['a', 'b', 'c', 'out'].map((name, at) => memberOf(name, 10 + at)) as [
  Member,
  Member,
  Member,
  Member,
];

class Scene {
  readonly published: string[] = [];
  readonly offered: number[] = [];
  readonly kept: string[] = [];
  readonly lines: string[] = [];
  isDiskFailing = false;
  readonly members: MemberCosignatures;
  readonly #edge = new TileEdge();

  /** @param without what takes the place of a check, to show what it is for */
  constructor(required: number, without: Partial<MemberCosignaturesOptions> = {}) {
    const equation = createEquationCheck();
    this.members = new MemberCosignatures({
      meshId: MESH,
      required,
      offered: { show: ({ size }) => void this.offered.push(size) },
      published: { show: (_, note) => void this.published.push(note) },
      keep: (note) => {
        if (this.isDiskFailing) throw new Error('disk I/O error');
        this.kept.push(note);
      },
      isMember: ({ nodeId }) => nodeId !== OUT.nodeId,
      verify: (signature, message, publicKey) => equation(signature, message, publicKey),
      nowMs: () => NOW_SECONDS * 1_000,
      logger: createLogger({ destination: { write: (line) => void this.lines.push(line) } }),
      ...without,
    });
  }

  /** Signs the next head, and shows it to nodes; other witnesses cosign it at once. */
  head({ isCosigned = true } = {}): TileEdge {
    this.#edge.append(leafHash(utf8(`entry ${this.#edge.size}`)));
    const edge = this.#edge.clone();
    const note = this.note(edge);
    this.members.offer(edge, note);
    if (isCosigned) this.members.show(edge, note);
    return edge;
  }

  note(edge: TileEdge): string {
    const text = textOf(edge);
    return renderNote({ text, signatures: [signCheckpoint(logKey, text, 0)] });
  }

  take(by: Member, edge: TileEdge, changes: Partial<LogCosignature> = {}): void {
    this.members.take(by.record, { ...cosignatureOf(by, edge), ...changes });
  }

  sizes(): number[] {
    return this.published.map((note) => Number(parseNote(note).text.split('\n')[1]));
  }
}

const textOf = (edge: TileEdge) =>
  renderCheckpoint({ origin: ORIGIN, size: edge.size, root: edge.root(), extensions: [] });

function cosignatureOf({ seed }: Member, edge: TileEdge, time = NOW_SECONDS): LogCosignature {
  const signature = signEd25519(ed25519CosignedMessage(textOf(edge), time), seed);
  return { size: edge.size, root_hash: encodeBase64(edge.root()), time, signature: encodeBase64(signature) };
}

describe('a head that two members have to cosign', () => {
  it('is shown to nodes at once, and to others once two have cosigned it', () => {
    const scene = new Scene(2);
    const edge = scene.head();
    expect([scene.offered, scene.published]).toEqual([[1], []]);
    scene.take(A, edge);
    expect([scene.published, scene.members.status()]).toEqual([[], { required: 2, newest: 1 }]);
    scene.take(B, edge);
    expect([scene.sizes(), scene.kept]).toEqual([[1], scene.published]);
    const keys = [A, B].map(({ nodeId, seed }) =>
      verifierKey(memberCosigner(MESH, nodeId), 'ed25519-cosignature', ed25519PublicKey(seed)),
    );
    const { cosignatures } = openCheckpoint(scene.published[0] ?? '', {
      origin: ORIGIN,
      logKeys: [logKey.key],
      witnessKeys: keys,
    });
    expect(cosignatures.map(({ key, timeSeconds }) => [key.name, timeSeconds])).toEqual([
      ['testmesh/node/a', NOW_SECONDS],
      ['testmesh/node/b', NOW_SECONDS],
    ]);
  });

  it('waits for the other witnesses too, and gets what they add later', () => {
    const scene = new Scene(1);
    const edge = scene.head({ isCosigned: false });
    scene.take(A, edge);
    expect(scene.published).toEqual([]);
    scene.members.show(edge, scene.note(edge));
    scene.members.show(edge, scene.note(edge));
    expect(scene.sizes()).toEqual([1, 1]);
  });

  it('may be an earlier one than the newest, and never a smaller one than was published', () => {
    const scene = new Scene(1);
    const [first, second, third] = [scene.head(), scene.head(), scene.head()];
    scene.take(A, second);
    scene.take(A, first);
    expect(scene.sizes()).toEqual([2]);
    scene.take(A, third);
    expect(scene.sizes()).toEqual([2, 3]);
  });

  it('is not published while it cannot be stored, and is with the next cosignature', () => {
    const scene = new Scene(1);
    const edge = scene.head();
    scene.isDiskFailing = true;
    scene.take(A, edge);
    expect([scene.published, scene.lines.join()]).toEqual([
      [],
      expect.stringContaining('could not be stored'),
    ]);
    scene.isDiskFailing = false;
    const next = scene.head();
    scene.take(A, next);
    expect(scene.sizes()).toEqual([2]);
  });
});

describe('what does not count', () => {
  const attacks: Readonly<Record<string, (scene: Scene, edge: TileEdge) => void>> = {
    'the same member again': (scene, edge) => scene.take(A, edge),
    'a node that is out': (scene, edge) => scene.take(OUT, edge),
    'a cosignature by the key of another node': (scene, edge) =>
      scene.members.take(B.record, cosignatureOf(A, edge)),
    'another root': (scene, edge) => scene.take(B, edge, { root_hash: encodeBase64(new Uint8Array(32)) }),
    'another size': (scene, edge) => scene.take(B, edge, { size: edge.size + 1 }),
    'another time than the one signed': (scene, edge) => scene.take(B, edge, { time: NOW_SECONDS - 1 }),
    'a time of an hour ago': (scene, edge) =>
      scene.members.take(B.record, cosignatureOf(B, edge, NOW_SECONDS - 3_600)),
    'a time to come': (scene, edge) =>
      scene.members.take(B.record, cosignatureOf(B, edge, NOW_SECONDS + 3_600)),
    'a signature of zeros': (scene, edge) =>
      scene.take(B, edge, { signature: encodeBase64(new Uint8Array(64)) }),
  };
  it.each(Object.entries(attacks))('%s', (_what, attack) => {
    const scene = new Scene(2);
    const edge = scene.head();
    scene.take(A, edge);
    attack(scene, edge);
    expect(scene.published).toEqual([]);
    scene.take(C, edge);
    expect(scene.sizes()).toEqual([1]);
  });

  it('would count if nobody looked', () => {
    for (const [what, without] of [
      ['a node that is out', { isMember: () => true }],
      ['a cosignature by the key of another node', { verify: () => true }],
      ['a signature of zeros', { verify: () => true }],
      ['a time of an hour ago', { nowMs: () => (NOW_SECONDS - 3_600) * 1_000, isMember: () => true }],
    ] as const) {
      const scene = new Scene(1, without);
      attacks[what]?.(scene, scene.head());
      expect(scene.sizes(), what).toEqual([1]);
    }
  });

  it('more heads than 64: the oldest are forgotten, and the shortage is said once', () => {
    const scene = new Scene(1);
    const heads = Array.from({ length: 70 }, () => scene.head());
    scene.take(A, heads[0] as TileEdge);
    expect(scene.published).toEqual([]);
    expect(scene.lines.filter((line) => line.includes('too few members cosign'))).toHaveLength(1);
    scene.take(A, heads[40] as TileEdge);
    expect(scene.sizes()).toEqual([41]);
    expect(scene.lines.at(-1)).toContain('enough members cosign again');
  });
});

it('without a demand, heads are published as they come, and nobody’s cosignature is looked at', () => {
  const scene = new Scene(0);
  const edge = scene.head();
  scene.take(A, edge);
  expect([scene.sizes(), scene.offered, scene.kept, scene.members.status()]).toEqual([
    [1],
    [1],
    [],
    { required: 0, newest: 0 },
  ]);
});
