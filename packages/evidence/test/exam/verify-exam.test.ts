import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { type ExamFile, parseExamFile, renderExamFile, verifyExam } from '../../src/index.ts';
import { MeshTree, NODE, trust, witnesses } from '../support/mesh-log.ts';
import { EXAM_KEYS, examFile, examStory, type Lies, openedOf, PREAMBLE } from './exam-story.ts';

const outcomes = (file: ExamFile) =>
  verifyExam(file, trust).steps.map(({ step, outcome }) => `${step} ${outcome}`);
/** What ends the verification of a file: the step and the code. */
const refutation = (file: ExamFile): string | undefined => {
  const { verdict, steps } = verifyExam(file, trust);
  const last = steps.at(-1);
  return verdict === 'refuted' && last?.outcome === 'refuted' ? `${last.step} ${last.code}` : undefined;
};

describe('the file of an exam', () => {
  it('shows every step, from the file alone', () => {
    const story = examStory();
    const file = parseExamFile(renderExamFile(examFile(story)));
    const report = verifyExam(file, trust);
    expect(outcomes(file)).toEqual([
      'head shown',
      'entries shown',
      'order shown',
      'pool shown',
      'promise shown',
      'draw shown',
      'answers shown',
      'signatures shown',
      'grades shown',
      'items shown',
      'policy shown',
      'verdict shown',
    ]);
    expect(report.verdict).toBe('proven');
    expect(report.exam).toMatchObject({
      examId: story.drawn.examId,
      nodeId: NODE,
      pool: 'general',
      outvoted: [],
      outcome: 'open',
    });
    expect(report.steps.at(-1)?.sentence).toMatch(
      /^of 3 results 3 count, by the policy; open: examined by 3 examiners: .+ the policy asks for 0\.9/,
    );
    const names = story.drawn.assignments.map(({ examinerId }) => examinerId).join(', ');
    expect(report.steps[5]?.sentence).toBe(`drawn again, the exam is the same; its examiners: ${names}`);
  });

  it('rests on the promise of the exam before, where there was one', () => {
    expect(verifyExam(examFile(examStory({ earlier: true })), trust).verdict).toBe('proven');
  });

  it('shows the draw of a head that is the file’s own', () => {
    const story = examStory();
    const tree = new MeshTree(story.log);
    const file = examFile(story, {
      checkpoint: tree.head(undefined, undefined, [...EXAM_KEYS, ...witnesses]),
    });
    expect(verifyExam(file, { ...trust, required: 2 }).verdict).toBe('proven');
    expect(verifyExam(examFile(story), { ...trust, required: 1 }).verdict).toBe('refuted');
  });

  it('says what cannot be shown once grades are erased', () => {
    const file = examFile(examStory());
    const entries = file.entries.map(({ opened: _, ...entry }) => entry);
    const { verdict, steps, exam } = verifyExam({ ...file, entries, messages: undefined }, trust);
    expect(verdict).toBe('incomplete');
    expect(exam).not.toHaveProperty('outcome');
    expect(steps).toContainEqual(expect.objectContaining({ step: 'grades', code: 'details_erased' }));
  });
});

describe('a controller that', () => {
  const HEX = 'ab'.repeat(32);
  const B64 = Buffer.alloc(32, 9).toString('base64');
  it.each<[string, Lies, string]>([
    ['reveals another challenge', { challenge: new Uint8Array(32) }, 'promise promise_differs'],
    ['promised none', { without: ['exam_promised'] }, 'promise promise_differs'],
    [
      'names another head',
      { data: { exam_drawn: { head: { size: PREAMBLE + 4, root_hash: B64 } } } },
      'promise promise_differs',
    ],
    [
      'draws by a head before the promise',
      { data: { exam_drawn: { head: { size: PREAMBLE + 2, root_hash: B64 } } } },
      'promise promise_differs',
    ],
    [
      'draws by a head after the draw',
      { data: { exam_drawn: { head: { size: PREAMBLE + 9, root_hash: B64 } } } },
      'promise promise_differs',
    ],
    ['examines another node than it says', { nodeId: parseNodeId('node-b') }, 'entries wrong_entry'],
    ['asks fewer items', { data: { exam_drawn: { asks: 5 } } }, 'grades grades_differ'],
    ['has fewer examiners drawn', { data: { exam_drawn: { examiners: 2 } } }, 'answers answers_differ'],
    ['draws from other nodes', { data: { exam_drawn: { eligible_commitment: HEX } } }, 'draw draw_differs'],
    ['draws from other items', { data: { exam_drawn: { live_sha256: HEX } } }, 'pool pool_differs'],
    ['draws a retired item', { data: { exam_items_retired: { indices: [3] } } }, 'pool pool_differs'],
    ['loads a smaller pool', { data: { exam_pool_loaded: { items: 11 } } }, 'pool pool_differs'],
    [
      'has the pool under another name',
      { data: { exam_pool_loaded: { pool: 'other' } } },
      'pool pool_differs',
    ],
    ['has other pairs', { data: { exam_pool_loaded: { pairs: [] } } }, 'grades grades_differ'],
    ['never loaded the pool', { without: ['exam_pool_loaded'] }, 'entries wrong_entry'],
    ['never drew', { without: ['exam_drawn'] }, 'entries wrong_entry'],
    ['lets an examiner grade before its commitment', { gradesFirst: true }, 'answers answers_differ'],
    ['takes no commitments', { without: ['exam_committed'] }, 'answers answers_differ'],
    ['has a stranger answer', { stranger: true }, 'answers answers_differ'],
    ['drops the results', { without: ['exam_result'] }, 'grades grades_differ'],
    [
      'counts results of an exam that it cancelled',
      { cancelled: 'restored', data: { exam_closed: { results: 3 } } },
      'grades grades_differ',
    ],
    ['closes with other numbers', { data: { exam_closed: { results: 2 } } }, 'grades grades_differ'],
    ['says that they disagree', { data: { exam_closed: { disagree: true } } }, 'grades grades_differ'],
    [
      'changes a grade',
      { grades: (honest) => honest.map((one) => ({ ...one, score: 1 - one.score })) },
      'grades grades_differ',
    ],
    ['leaves an item out', { grades: (honest) => honest.slice(1) }, 'grades grades_differ'],
    [
      'grades an item twice',
      { grades: ([first, ...rest]) => [first, first, ...rest.slice(1)] as never },
      'grades grades_differ',
    ],
    [
      'grades items that were not drawn',
      { grades: (honest) => honest.map((one) => ({ ...one, index: GONE })) },
      'grades grades_differ',
    ],
  ])('%s is found', (_what, lies, code) => {
    expect(refutation(examFile(examStory(lies)))).toBe(code);
  });

  const GONE = 7;
  it('outvotes somebody whose result it counts is found', () => {
    const [first] = examStory().drawn.assignments;
    const data = { exam_closed: { results: 2, outvoted: [first?.examinerId ?? ''] } };
    expect(refutation(examFile(examStory({ data })))).toBe('grades grades_differ');
  });

  it('opens an item that was not asked, or another one, is found', () => {
    const story = examStory();
    const [item] = openedOf(story);
    if (item === undefined) throw new Error('items were asked');
    expect(refutation(examFile(story, { opened: [{ ...item, index: GONE }] }))).toBe('items item_differs');
    expect(refutation(examFile(story, { opened: [{ ...item, item: 'another' }] }))).toBe(
      'items item_differs',
    );
  });
});

describe('a file in which anything is changed', () => {
  const text = renderExamFile(examFile(examStory()));

  it('is not proven, whatever value it is', () => {
    const whole = JSON.parse(text) as object;
    const paths = [...leaves(whole)];
    expect(paths.length).toBeGreaterThan(100);
    for (const path of paths) {
      const verdict = verdictOf(`${canonical(changed(whole, path))}\n`);
      // What was opened, and what `opened` holds within entries, may be left out, never changed.
      expect(verdict, path.join('.')).not.toBe('proven');
    }
  });

  it.each([
    ['a byte more', `${text} `],
    ['no newline', text.trimEnd()],
    ['an unknown key', text.replace('{', '{"a":1,')],
    ['a key twice', text.replace('{"checkpoint"', '{"checkpoint":"","checkpoint"')],
    ['another format', text.replace('mesh/v1/exam-proof', 'mesh/v2/exam-proof')],
    ['nothing in it', ''],
    ['another value', '[]\n'],
  ])('%s is refused', (_what, other) => {
    expect(other).not.toBe(text);
    expect(() => parseExamFile(other)).toThrow(expect.objectContaining({ code: 'invalid_file' }));
  });

  function verdictOf(other: string): string {
    let file: ExamFile;
    try {
      file = parseExamFile(other);
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_file' });
      return 'refused';
    }
    return verifyExam(file, { ...trust, logKeys: trust.logKeys.slice(0, 1) }).verdict;
  }
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const canonical = (value: object): string => JSON.stringify(value);

function* leaves(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

/** The same with one value changed in one place. */
function changed(whole: object, path: readonly (string | number)[]): object {
  const copy = structuredClone(whole) as { [key: string]: Json };
  let at: { [key: string]: Json } = copy;
  for (const key of path.slice(0, -1)) at = at[key] as { [key: string]: Json };
  const key = String(path.at(-1));
  const value = at[key] as Json;
  if (typeof value === 'number') at[key] = value + 1;
  else if (typeof value === 'boolean') at[key] = !value;
  else if (typeof value === 'string') {
    const middle = Math.floor(value.length / 2);
    const other = value[middle] === 'a' ? 'b' : 'a';
    at[key] = `${value.slice(0, middle)}${other}${value.slice(middle + 1)}`;
  } else at[key] = 1;
  return copy;
}
