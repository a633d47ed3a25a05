import { describe, expect, it } from 'vitest';
import {
  type AddCheckpointRequest,
  judgeCheckpoint,
  parseAddCheckpoint,
  parseNote,
  proveConsistency,
  readCosignatures,
  renderAddCheckpoint,
  renderCosignatures,
  renderNote,
  renderSignatureLine,
  signCheckpoint,
  subtreesOver,
  type WitnessedLog,
} from '../../src/index.ts';
import { flipped, leafOf, numbered, rootOf } from '../support/log.ts';
import {
  checkpointText,
  logKey,
  logMlDsaKey,
  mlDsaWitness,
  ORIGIN,
  signedBy,
  stranger,
  strangeWitness,
  TIME,
  witness,
} from '../support/signers.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const requestOf = (oldSize: number, size: number, changes: Partial<AddCheckpointRequest> = {}) => ({
  oldSize,
  proof: proveConsistency(oldSize, size, numbered),
  checkpoint: signedBy([logKey], checkpointText({ size })),
  ...changes,
});

describe('the body of a request', () => {
  const request = requestOf(3, 7);
  const body = renderAddCheckpoint(request);

  it('has the form of the specification, and is read as it was written', () => {
    expect(body.startsWith('old 3\n')).toBe(true);
    expect(body).toContain(`\n\n${ORIGIN}\n7\n`);
    expect(parseAddCheckpoint(body)).toEqual(request);
    expect(parseAddCheckpoint(renderAddCheckpoint(requestOf(0, 7)))).toEqual(requestOf(0, 7));
  });

  const hash = body.split('\n')[1] as string;
  it.each([
    ['nothing', ''],
    ['no old size', body.replace('old 3\n', '')],
    ['an old size with a leading zero', body.replace('old 3', 'old 03')],
    ['a negative old size', body.replace('old 3', 'old -3')],
    ['an old size of 2^53', body.replace('old 3', 'old 9007199254740992')],
    ['capitals', body.replace('old 3', 'Old 3')],
    ['a space at the end', body.replace('old 3', 'old 3 ')],
    ['a short hash', body.replace(hash, 'AAAA')],
    ['stray bits in a hash', body.replace(hash, `${hash.slice(0, -2)}/=`)],
    ['64 hashes', body.replace('old 3\n', `old 3\n${`${hash}\n`.repeat(62)}`)],
    ['no empty line', body.replaceAll('\n\n', '\n')],
    ['a carriage return', body.replace('old 3', 'old 3\r')],
  ])('with %s is refused', (_, other) => {
    expect(other).not.toBe(body);
    expect(() => parseAddCheckpoint(other)).toThrow(failsWith('invalid_request'));
  });
});

describe('a witness', () => {
  const logAt = (size: number | undefined): WitnessedLog => ({
    origin: ORIGIN,
    keys: [logKey.key],
    latest: size === undefined ? undefined : { size, root: rootOf(size) },
  });
  const judge = (request: AddCheckpointRequest, size?: number) =>
    judgeCheckpoint(request, (origin) => (origin === ORIGIN ? logAt(size) : undefined));

  it.each([
    [undefined, 0, 0],
    [undefined, 0, 1],
    [undefined, 0, 7],
    [3, 3, 7],
    [4, 4, 8],
    [7, 7, 7],
  ])('that knows size %s takes a checkpoint from %i to %i', (known, old, size) => {
    expect(judge(requestOf(old, size), known)).toEqual({
      status: 200,
      checkpoint: { origin: ORIGIN, size, root: rootOf(size), extensions: [] },
      text: checkpointText({ size }),
    });
  });

  it('does not know another log', () => {
    const checkpoint = signedBy([logKey], checkpointText({ origin: 'example.com/other' }));
    expect(judge(requestOf(0, 7, { checkpoint }))).toEqual({ status: 404 });
  });

  it('refuses a checkpoint that a stranger signed under the log’s name, or whose signature is wrong', () => {
    expect(judge(requestOf(0, 7, { checkpoint: signedBy([stranger]) }))).toEqual({ status: 403 });
    const forged = signedBy([logKey]).replace('\n7\n', '\n8\n');
    expect(judge(requestOf(0, 7, { checkpoint: forged }))).toEqual({ status: 403 });
  });

  it('refuses what has no form, and says why', () => {
    for (const checkpoint of ['', 'no note', signedBy([logKey], 'any text\n')])
      expect(judge(requestOf(0, 7, { checkpoint }))).toEqual({ status: 400, why: expect.any(String) });
  });

  it('refuses an old size above that of the checkpoint', () => {
    expect(judge(requestOf(3, 7, { oldSize: 8 }), 8)).toEqual({ status: 400, why: expect.any(String) });
  });

  it.each([
    [undefined, 3],
    [5, 3],
    [5, 0],
    [2, 3],
  ])('that knows size %s says so to a log that names %i as old', (known, old) => {
    expect(judge(requestOf(old, 7), known)).toEqual({ status: 409, why: 'size', size: known ?? 0 });
  });

  it('that knows a larger tree does not go back', () => {
    expect(judge(requestOf(3, 4), 7)).toEqual({ status: 409, why: 'size', size: 7 });
  });

  it('refuses another root for the size that it knows', () => {
    const checkpoint = signedBy([logKey], checkpointText({ size: 7, root: rootOf(8) }));
    expect(judge(requestOf(7, 7, { checkpoint }), 7)).toEqual({ status: 409, why: 'root', size: 7 });
  });

  it('refuses a fork, whatever proof comes with it', () => {
    const forked = subtreesOver((index) => leafOf(index === 1 ? 99 : index));
    const checkpoint = signedBy([logKey], checkpointText({ size: 7, root: rootOf(7, forked) }));
    for (const proof of [proveConsistency(3, 7, forked), proveConsistency(3, 7, numbered), []])
      expect(judge(requestOf(3, 7, { checkpoint, proof }), 3)).toEqual({ status: 422, why: 'proof' });
  });

  it('refuses a checkpoint that the log says it has signed before the one that it knows', () => {
    const at = (timeSeconds: number | undefined, known: number | undefined) => {
      const text = checkpointText({ size: 7 });
      const keys = timeSeconds === undefined ? [logKey] : [logKey, logMlDsaKey];
      const signatures = keys.map((key) => signCheckpoint(key, text, timeSeconds ?? 0));
      const latest = { size: 3, root: rootOf(3), timeSeconds: known };
      const request = requestOf(3, 7, { checkpoint: renderNote({ text, signatures }) });
      return judgeCheckpoint(request, () => ({
        origin: ORIGIN,
        keys: [logKey.key, logMlDsaKey.key],
        latest,
      }));
    };
    expect(at(TIME - 1, TIME)).toEqual({ status: 422, why: 'time' });
    for (const [time, known] of [
      [TIME, TIME],
      [TIME + 1, TIME],
      [TIME - 1, undefined],
      [undefined, TIME],
    ] as const)
      expect(at(time, known)).toMatchObject({ status: 200 });
  });

  it('refuses a proof with any single bit changed, missing, or where none belongs', () => {
    const request = requestOf(3, 7);
    for (const [at, hash] of request.proof.entries())
      for (const other of flipped(hash))
        expect(judge({ ...request, proof: request.proof.with(at, other) }, 3)).toEqual({
          status: 422,
          why: 'proof',
        });
    expect(judge({ ...request, proof: [] }, 3)).toEqual({ status: 422, why: 'proof' });
    expect(judge(requestOf(0, 7, { proof: [leafOf(0)] }))).toEqual({ status: 422, why: 'proof' });
    expect(judge(requestOf(7, 7, { proof: [leafOf(0)] }), 7)).toEqual({ status: 422, why: 'proof' });
  });

  it('refuses an empty tree with a root that is none', () => {
    const checkpoint = signedBy([logKey], checkpointText({ size: 0, root: rootOf(1) }));
    expect(judge(requestOf(0, 0, { checkpoint }))).toEqual({ status: 409, why: 'root', size: 0 });
  });
});

describe('the answer of a witness', () => {
  const text = checkpointText();
  const keys = [witness.key, mlDsaWitness.key];
  const lines = [witness, mlDsaWitness].map((key) => signCheckpoint(key, text, TIME));

  it('is read by the keys that are known', () => {
    const strange = signCheckpoint(strangeWitness, text, TIME);
    const answer = renderCosignatures([strange, ...lines]);
    expect(readCosignatures(answer, text, keys)).toEqual(lines);
    expect(readCosignatures(answer, text, [witness.key])).toEqual([lines[0]]);
    expect(readCosignatures(answer, text, [])).toEqual([]);
  });

  it('leaves out cosignatures of another checkpoint, and wrong ones', () => {
    const other = signCheckpoint(witness, checkpointText({ size: 8 }), TIME);
    expect(readCosignatures(renderCosignatures([other]), text, keys)).toEqual([]);
    const wrong = { ...(lines[0] as (typeof lines)[0]), signature: new Uint8Array(72) };
    expect(readCosignatures(renderCosignatures([wrong, lines[1] as never]), text, keys)).toEqual([lines[1]]);
  });

  it.each([
    ['nothing', ''],
    ['no newline', renderSignatureLine(lines[0] as never).trimEnd()],
    ['a page', '<html></html>\n'],
    ['an empty line', `${renderSignatureLine(lines[0] as never)}\n`],
  ])('of %s is refused', (_, answer) => {
    expect(() => readCosignatures(answer, text, keys)).toThrow(failsWith('invalid_note'));
  });

  it('is added to the note that the log publishes', () => {
    const note = signedBy([logKey]) + renderCosignatures(lines);
    expect(parseNote(note).signatures).toHaveLength(3);
  });
});
