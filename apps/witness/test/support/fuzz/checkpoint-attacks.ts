// Bodies of `POST /add-checkpoint` that a witness has to refuse, whatever else may be wrong with them.

import {
  ed25519SigningKey,
  renderAddCheckpoint,
  renderCheckpoint,
  renderNote,
  signCheckpoint,
} from '@mesh/audit';
import fc from 'fast-check';
import { logKey, ORIGIN, secondLogKey, strangersKey, TestLog } from '../log.ts';

/** How many entries the witness has cosigned before it is attacked. */
export const COSIGNED_SIZE = 21;
const TIME_SECONDS = 1_700_000_000;
/** The largest size that is made here. */
const MAX_SIZE = 60;

const honest = new TestLog();
const forked = new TestLog({ forkedFrom: 7 });
const unknown = new TestLog({ origin: 'other.example/log' });
const usurpersKey = ed25519SigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(8));

/** The heads that the witness has cosigned before it is attacked. Both keys have signed the last one. */
export const FIRST_BODY = honest.growth(
  0,
  COSIGNED_SIZE,
  honest.checkpoint(COSIGNED_SIZE, [logKey, secondLogKey]),
);

/** Why a body must be refused. */
export const dooms = [
  'misformed',
  'forged',
  'altered',
  'unfollowed',
  'wrong_old',
  'wrong_proof',
  'forked',
  'shrunk',
  'other_root',
  'earlier',
] as const;
export type CheckpointDoom = (typeof dooms)[number];

export interface CheckpointAttack {
  readonly doom: CheckpointDoom;
  readonly size: number;
  readonly draw: number;
  /** Bytes that are put somewhere, where nothing can make the body a good one. */
  readonly noise: readonly { readonly at: number; readonly drop: number; readonly put: Uint8Array }[];
}

export const checkpointAttack: fc.Arbitrary<CheckpointAttack> = fc.record({
  doom: fc.constantFrom(...dooms),
  size: fc.integer({ min: COSIGNED_SIZE + 1, max: MAX_SIZE }),
  draw: fc.nat({ max: 1 << 20 }),
  noise: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(
        fc.record({
          at: fc.nat({ max: 1 << 20 }),
          drop: fc.nat({ max: 40 }),
          put: fc.oneof(
            fc.uint8Array({ maxLength: 12 }),
            fc
              .constantFrom('\n', '\n\n', '\r\n', '— ', '\0', '9'.repeat(30), 'old 21\n', '\u2028')
              .map((text) => new TextEncoder().encode(text)),
          ),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    },
  ),
});

/** The same attack is the same bytes. */
export function renderCheckpointAttack(attack: CheckpointAttack): Buffer {
  const body = bodyOf(attack);
  return NOISY.has(attack.doom) ? withNoise(body, attack.noise) : body;
}

/** No change makes one of these good: the log's key has signed nothing that is in them. */
const NOISY: ReadonlySet<CheckpointDoom> = new Set(['forged', 'unfollowed']);

function bodyOf({ doom, size, draw }: CheckpointAttack): Buffer {
  const good = honest.growth(COSIGNED_SIZE, size, signed(honest, size));
  switch (doom) {
    case 'misformed':
      return pick(BREAKS, draw)(good);
    case 'forged':
      return Buffer.from(honest.growth(COSIGNED_SIZE, size, forgedCheckpoint(size, draw)));
    case 'altered':
      return Buffer.from(honest.growth(COSIGNED_SIZE, size, alteredCheckpoint(size, draw)));
    case 'unfollowed':
      return Buffer.from(unknown.growth(0, size, signed(unknown, size)));
    case 'wrong_old':
      // Half of them start at nothing: only what the witness remembers makes those wrong.
      return Buffer.from(
        honest.growth(draw % 2 === 0 ? 0 : draw % COSIGNED_SIZE, size, signed(honest, size)),
      );
    case 'wrong_proof':
      return Buffer.from(pick(PROOF_BREAKS, draw)(good, draw));
    case 'forked':
      return Buffer.from(
        draw % 2 === 0
          ? forked.growth(COSIGNED_SIZE, size, signed(forked, size))
          : honest.growth(COSIGNED_SIZE, size, signed(forked, size)),
      );
    case 'shrunk':
      return Buffer.from(
        renderAddCheckpoint({
          oldSize: COSIGNED_SIZE,
          proof: [],
          checkpoint: signed(honest, 1 + (draw % (COSIGNED_SIZE - 1))),
        }),
      );
    case 'other_root':
      return Buffer.from(forked.growth(COSIGNED_SIZE, COSIGNED_SIZE, signed(forked, COSIGNED_SIZE)));
    case 'earlier':
      return Buffer.from(honest.growth(COSIGNED_SIZE, size, earlierCheckpoint(size, draw)));
  }
}

/** By a key of nobody, also under the name and the id of the log's own. */
function forgedCheckpoint(size: number, draw: number): string {
  const key = pick([strangersKey, usurpersKey, { ...usurpersKey, key: logKey.key }], draw);
  return honest.checkpoint(size, [key]);
}

function alteredCheckpoint(size: number, draw: number): string {
  const note = signed(honest, size);
  const [origin = '', , root = '', ...rest] = note.split('\n');
  const other = Buffer.from(forked.root(size)).toString('base64');
  return pick(
    [
      [origin, String(size + 1), root, ...rest],
      [origin, String(size), other, ...rest],
      [origin, String(size), root, `extension ${draw}`, ...rest],
    ],
    draw,
  ).join('\n');
}

/** The log says that it has signed this before the head that is cosigned. */
function earlierCheckpoint(size: number, draw: number): string {
  const timeSeconds = TIME_SECONDS - pick([1, 60, TIME_SECONDS], draw);
  return remembered(`earlier ${size} ${timeSeconds}`, () => {
    const text = renderCheckpoint({ origin: ORIGIN, size, root: honest.root(size), extensions: [] });
    return renderNote({ text, signatures: [signCheckpoint(secondLogKey, text, timeSeconds)] });
  });
}

/** By the log's own key. */
const signed = (log: TestLog, size: number): string =>
  remembered(`${log === honest} ${log === forked} ${size}`, () => log.checkpoint(size));

/** Signing takes longer than all the rest. */
const made = new Map<string, string>();
function remembered(name: string, make: () => string): string {
  const note = made.get(name) ?? make();
  made.set(name, note);
  return note;
}

/** Each spoils the form of a good body. */
const BREAKS: readonly ((good: string) => Buffer)[] = [
  () => Buffer.alloc(0),
  () => Buffer.from('\n'),
  () => Buffer.from('\n\n'),
  (good) => Buffer.from(good.replace('\n\n', '\n')),
  (good) => Buffer.from(good.replaceAll('\n', '\r\n')),
  (good) => Buffer.from(good.replace('old ', 'old  ')),
  (good) => Buffer.from(good.replace('old ', 'OLD ')),
  (good) => Buffer.from(good.replace('old ', 'old 0')),
  (good) => Buffer.from(good.replace('old ', 'old -')),
  (good) => Buffer.from(good.replace('old ', 'old +')),
  (good) => Buffer.from(good.replace(/^old \d+/, 'old 1e1')),
  (good) => Buffer.from(good.replace(/^old \d+/, 'old 99999999999999999999')),
  (good) => Buffer.from(good.replace(/^old \d+/, 'old ٢١')),
  (good) => Buffer.from(good.replace(/^old \d+\n/, '')),
  (good) => Buffer.from(`\ufeff${good}`),
  (good) => Buffer.from(` ${good}`),
  (good) => Buffer.from(good.replace('\n\n', `\n${`${'A'.repeat(43)}=\n`.repeat(64)}\n`)),
  (good) => Buffer.from(good.replace('\n\n', '\nAAAA\n\n')),
  (good) => Buffer.from(good.replace('\n\n', '\n \n\n')),
  (good) => Buffer.from(good.slice(0, good.lastIndexOf('— '))),
  (good) => Buffer.from(good.slice(0, -1)),
  (good) => Buffer.from(`${good}\n`),
  (good) => Buffer.from(good.replace('— ', '- ')),
  (good) => Buffer.from(`${good}${'— a AAAAAAA=\n'.repeat(900)}`),
  (good) => Buffer.concat([Buffer.from(good), Buffer.from([0xff])]),
  (good) => Buffer.from(good, 'utf16le'),
  (good) => Buffer.from(`${good}\0`),
  () => Buffer.alloc(16_384, 'a'),
  () => Buffer.alloc(16_385, 'a'),
  () => Buffer.from(`old ${COSIGNED_SIZE}\n\n${'\n'.repeat(10_000)}`),
  () => Buffer.from(JSON.stringify({ old: COSIGNED_SIZE, checkpoint: honest.checkpoint(30) })),
];

/** Each spoils the proof of a good body, and nothing else. */
const PROOF_BREAKS: readonly ((good: string, draw: number) => string)[] = [
  (good, draw) => overProof(good, (lines) => lines.filter((_, at) => at !== draw % lines.length)),
  (good) => overProof(good, (lines) => [...lines, lines[0] ?? '']),
  (good) => overProof(good, (lines) => [`${'A'.repeat(43)}=`, ...lines]),
  (good) => overProof(good, () => []),
  (good, draw) =>
    overProof(good, (lines) =>
      lines.map((line, at) => (at === draw % lines.length ? flipped(line, draw) : line)),
    ),
  (good) => overProof(good, (lines) => lines.map(() => `${'/'.repeat(42)}8=`)),
];

function overProof(good: string, change: (lines: string[]) => string[]): string {
  const end = good.indexOf('\n\n');
  const [first = '', ...lines] = good.slice(0, end).split('\n');
  return [first, ...change(lines)].join('\n') + good.slice(end);
}

/** Another hash of the same length. */
function flipped(line: string, draw: number): string {
  const bytes = Buffer.from(line, 'base64');
  const at = draw % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (draw % 8));
  return bytes.toString('base64');
}

function withNoise(body: Buffer, noise: CheckpointAttack['noise']): Buffer {
  return noise.reduce((bytes, { at, drop, put }) => {
    const start = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + drop)]);
  }, body);
}

const pick = <T>(all: readonly T[], draw: number): T => all[draw % all.length] as T;
