// Heads are published with the cosignatures of witnesses, and count when enough of them have cosigned.

import {
  ed25519SigningKey,
  leafHash,
  openCheckpoint,
  renderCheckpoint,
  renderNote,
  signCheckpoint,
  TileEdge,
} from '@mesh/audit';
import { createLogger } from '@mesh/host';
import { FakeClock, waitUntil } from '@mesh/host/test-kit';
import { utf8 } from '@mesh/primitives';
import { afterEach, describe, expect, it } from 'vitest';
import { CosignedLog } from '../../src/publish/cosigned-log.ts';
import { WitnessLine } from '../../src/publish/witness-line.ts';
import { fetchFrom, ScriptedWitness } from '../support/scripted-witness.ts';

const ORIGIN = 'mesh.example.com/testmesh';
const logKey = ed25519SigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(1));

/** A log whose heads are cosigned by these witnesses. */
class Scene {
  readonly clock = new FakeClock();
  readonly witnesses = ['w1.example', 'w2.example', 'w3.example'].map(
    (name, at) => new ScriptedWitness(name, 10 + at, [logKey.key]),
  );
  /** Every note that was published. */
  readonly shown: string[] = [];
  readonly kept: string[] = [];
  readonly lines: string[] = [];
  isDiskFailing = false;
  readonly #full = new Map<string, Uint8Array>();
  readonly #edge = new TileEdge();
  readonly log: CosignedLog;

  constructor(required: number, names: readonly string[] = ['w1.example', 'w2.example', 'w3.example']) {
    const logger = createLogger({ destination: { write: (line) => void this.lines.push(line) } });
    const ports = {
      fetch: fetchFrom(this.witnesses),
      clock: this.clock,
      timers: this.clock,
      random: () => 0.999,
      logger,
      trials: { trialFor: () => undefined, confirm: () => undefined },
    };
    this.log = new CosignedLog({
      published: { show: (_, note) => void this.shown.push(note) },
      tiles: {
        full: (level, index) => {
          if (this.isDiskFailing) throw new Error('disk I/O error');
          return this.#full.get(`${level}/${index}`);
        },
      },
      lines: this.witnesses
        .filter(({ witness }) => names.includes(witness.url.slice('https://'.length)))
        .map(({ witness }) => new WitnessLine(witness, ports)),
      required,
      keep: (note) => void this.kept.push(note),
      timers: this.clock,
      logger,
    });
  }

  /** Appends entries, and signs a head. */
  grow(entries: number): void {
    for (let at = 0; at < entries; at++)
      for (const tile of this.#edge.append(leafHash(utf8(`entry ${this.#edge.size}`))))
        this.#full.set(`${tile.level}/${tile.index}`, tile.bytes);
    this.log.show(this.#edge.clone(), this.note(this.#edge.size, this.#edge.root()));
  }

  note(size: number, root: Uint8Array): string {
    const text = renderCheckpoint({ origin: ORIGIN, size, root, extensions: [] });
    return renderNote({ text, signatures: [signCheckpoint(logKey, text, 0)] });
  }

  /** The size of what was published last, and who has cosigned it. */
  newest(note = this.shown.at(-1) ?? ''): [number, string[]] {
    const witnessKeys = this.witnesses.flatMap(({ witness }) => witness.keys);
    const { checkpoint, cosignatures } = openCheckpoint(note, {
      origin: ORIGIN,
      logKeys: [logKey.key],
      witnessKeys,
    });
    return [checkpoint.size, [...new Set(cosignatures.map(({ key }) => key.name))].sort()];
  }

  says(text: string): boolean {
    return this.lines.join('').includes(text);
  }

  /** Waits until a head of this size is published with cosignatures by so many, and verifies them. */
  async until(size: number, by: number): Promise<void> {
    await waitUntil(`${size} entries, cosigned by ${by}`, () => {
      const note = this.shown.at(-1) ?? '';
      const names = new Set([...note.matchAll(/^— (w\S+)/gm)].map(([, name]) => name));
      return note.startsWith(`${ORIGIN}\n${size}\n`) && names.size === by;
    });
    expect(this.newest()).toMatchObject([size, { length: by }]);
  }
}

let scene: Scene;
afterEach(() => scene.log.close());

describe('without a demand', () => {
  it('a head is published at once, and then with every cosignature, by both keys of each witness', async () => {
    scene = new Scene(0);
    scene.grow(3);
    expect(scene.newest()).toEqual([3, []]);
    await scene.until(3, 3);
    expect((scene.shown.at(-1) ?? '').split('\n').filter((line) => line.startsWith('— '))).toHaveLength(7);
    expect(scene.kept).toEqual([]);
  });

  it('proofs lead on from what a witness knows, over full tiles too, and one that knows more says so', async () => {
    scene = new Scene(0, ['w1.example']);
    const [first] = scene.witnesses as [ScriptedWitness];
    for (const [entries, size] of [
      [1, 1],
      [5, 6],
      [300, 306],
      [1, 307],
      [260, 567],
    ] as const) {
      scene.grow(entries);
      await scene.until(size, 1);
    }
    expect(first.statuses).toEqual([200, 200, 200, 200, 200]);
    scene.log.close();
    // The same witness after a restart of the controller, which no longer knows what it has cosigned.
    const known = first.latest;
    scene = new Scene(0, ['w1.example']);
    const [again] = scene.witnesses as [ScriptedWitness];
    again.latest = known;
    scene.grow(600);
    await scene.until(600, 1);
    expect(again.statuses).toEqual([409, 200]);
  });

  it('a log that cannot be read now is cosigned later', async () => {
    scene = new Scene(0, ['w1.example']);
    scene.grow(100);
    await scene.until(100, 1);
    scene.isDiskFailing = true;
    // The proof is made from inside a full tile.
    scene.grow(200);
    await waitUntil('the disk has refused', () => scene.says('disk I/O error'));
    scene.isDiskFailing = false;
    await scene.clock.advance(1_000);
    await scene.until(300, 1);
  });
});

describe('with a demand of two', () => {
  it('a head counts when two have cosigned it: it is kept, and published with both', async () => {
    scene = new Scene(2);
    const third = scene.witnesses[2] as ScriptedWitness;
    third.instead = () => 'never';
    scene.grow(4);
    expect(scene.shown).toEqual([]);
    await scene.until(4, 2);
    expect(scene.kept).toEqual(scene.shown);
  });

  it('a head that one has cosigned is not published, until another one comes back', async () => {
    scene = new Scene(2);
    const [first, second, third] = scene.witnesses as [ScriptedWitness, ScriptedWitness, ScriptedWitness];
    scene.grow(4);
    await scene.until(4, 3);
    const before = scene.shown.length;
    for (const witness of [second, third]) witness.instead = () => new Response('', { status: 503 });
    scene.grow(2);
    await waitUntil('too few', () => scene.says('too few witnesses cosign'));
    expect(first.latest?.size).toBe(6);
    expect(scene.shown.length).toBe(before);
    third.instead = () => undefined;
    await waitUntil('a head that counts', async () => {
      await scene.clock.advance(1_000);
      return scene.shown.length > before;
    });
    expect(scene.newest()).toEqual([6, ['w1.example', 'w3.example']]);
    await waitUntil('enough witnesses cosign again', () => scene.says('enough witnesses cosign again'));
  });

  it('cosignatures of two different heads are not counted together', async () => {
    scene = new Scene(2, ['w1.example', 'w2.example']);
    const [first, second] = scene.witnesses as [ScriptedWitness, ScriptedWitness];
    second.instead = () => 'never';
    scene.grow(4);
    await waitUntil('the first one has cosigned', () => first.latest?.size === 4 && second.asked === 1);
    scene.grow(3);
    second.instead = () => undefined;
    first.instead = () => new Response('', { status: 500 });
    // The deadline of the second one.
    await scene.clock.advance(5_000);
    await waitUntil('the second one has cosigned', async () => {
      await scene.clock.advance(1_000);
      return second.latest?.size === 7;
    });
    await waitUntil('too few', () => scene.says('too few'));
    expect(scene.shown).toEqual([]);
    first.instead = () => undefined;
    await waitUntil('a head that counts', async () => {
      await scene.clock.advance(1_000);
      return scene.shown.length > 0;
    });
    expect(scene.newest(scene.shown[0])).toEqual([7, ['w1.example', 'w2.example']]);
  });
});

describe('a witness', () => {
  const asOf = (body: string, key: ScriptedWitness) => key.answer(body, new AbortController().signal);

  it.each<[string, (body: string, other: ScriptedWitness) => Response | Promise<Response>]>([
    ['with the cosignatures of another witness', asOf],
    ['with nothing', () => new Response('')],
    ['with a page', () => new Response('<html></html>\n')],
    ['with more than any witness says', () => new Response('— '.repeat(40_000))],
    ['with a size that is none', () => sizeOf('0x10\n')],
    ['with a size that leads nowhere', () => sizeOf('1\n')],
    ['with an error', () => new Response('', { status: 500 })],
  ])('that answers %s counts as none', async (_, answer) => {
    scene = new Scene(1, ['w1.example']);
    const [first, second] = scene.witnesses as [ScriptedWitness, ScriptedWitness];
    const bodies: string[] = [];
    first.answer = (body) => {
      bodies.push(body);
      return Promise.resolve(answer(body, second));
    };
    scene.grow(4);
    await waitUntil('does not cosign', () => scene.says('does not cosign'));
    expect(scene.shown).toEqual([]);
    expect(bodies.length).toBeLessThanOrEqual(2);
  });

  it('that has cosigned another history is an alarm', async () => {
    scene = new Scene(1, ['w1.example']);
    const [first] = scene.witnesses as [ScriptedWitness];
    first.latest = { size: 4, root: new Uint8Array(32) };
    scene.grow(4);
    await waitUntil('another history of this log', () => scene.says('another history of this log'));
    expect(scene.log.troubles()).toEqual([
      { url: expect.any(String), trouble: { sinceMs: expect.any(Number), isFork: true } },
    ]);
    scene.log.close();
    scene = new Scene(1, ['w1.example']);
    const [ahead] = scene.witnesses as [ScriptedWitness];
    ahead.latest = { size: 9, root: new Uint8Array(32) };
    scene.grow(4);
    await waitUntil('another history of this log', () => scene.says('another history of this log'));
    expect(scene.shown).toEqual([]);
  });

  it('that fails is asked less and less often, and as late as it wants', async () => {
    scene = new Scene(0, ['w1.example']);
    const [first] = scene.witnesses as [ScriptedWitness];
    first.instead = () => new Response('', { status: 500 });
    scene.grow(1);
    const askedWithin = async (seconds: number) => {
      const before = first.asked;
      for (let at = 0; at < seconds; at++) {
        await scene.clock.advance(1_000);
        // The answer is a promise away.
        await new Promise(setImmediate);
      }
      return first.asked - before;
    };
    await waitUntil('it was asked', () => first.asked === 1 && scene.lines.length > 0);
    const sinceMs = scene.log.troubles()[0]?.trouble.sinceMs;
    const [early, late] = [await askedWithin(16), await askedWithin(160)];
    // The first failure of a series is since when it is silent.
    expect(scene.log.troubles()).toMatchObject([{ trouble: { sinceMs, isFork: false } }]);
    expect(early).toBeGreaterThanOrEqual(3);
    expect(late).toBeLessThanOrEqual(4);
    first.instead = () => new Response('', { status: 429, headers: { 'retry-after': '200' } });
    await waitUntil('it is asked again', async () => (await askedWithin(10)) > 0);
    expect(await askedWithin(190)).toBe(0);
    first.instead = () => undefined;
    await waitUntil('it is asked again', async () => (await askedWithin(20)) > 0);
    await scene.until(1, 1);
    expect(scene.lines.join('')).toContain('cosigns again');
    expect(scene.log.troubles()).toEqual([]);
  });
});

const sizeOf = (text: string) =>
  new Response(text, { status: 409, headers: { 'content-type': 'text/x.tlog.size' } });
