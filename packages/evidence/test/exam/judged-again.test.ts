// What examiners have signed, and the verdict that follows: each single change is refused, with a sentence.

import { describe, expect, it } from 'vitest';
import { type ExamFile, verifyExam } from '../../src/index.ts';
import { NODE, trust } from '../support/mesh-log.ts';
import { examFile, examStory, type Lies, openedOf, signedResult } from './exam-story.ts';

const outcomeOf = (file: ExamFile) => {
  const { verdict, steps, exam } = verifyExam(file, trust);
  const last = steps.at(-1);
  const code = last !== undefined && last.outcome !== 'shown' ? last.code : undefined;
  return { verdict, exam, what: `${last?.step} ${code}`, sentence: last?.sentence ?? '', steps };
};
const story = examStory();
const [first, ...others] = story.messages;
if (first === undefined) throw new Error('examiners have answered');
const [examiner = '', stranger = ''] = story.drawn.assignments.map(({ examinerId }) => examinerId);
type Message = { exam_id: string; transcript_sha256: string; grades: { index: number; score: number }[] };
const { exam_id, transcript_sha256, grades } = JSON.parse(first.message) as Message;

describe('the message of an examiner', () => {
  const other = (message: string) => [{ index: first.index, message }, ...others];
  const bytes = first.message;
  it.each([
    ['with another grade', other(bytes.replace('"score":1', '"score":0')), 'message_differs'],
    ['with a space more', other(`${bytes} `), 'message_differs'],
    ['with another signature', other(bytes.replace(/"signature":"./, '"signature":"_')), 'message_differs'],
    ['in the place of another result', other(others[0]?.message ?? ''), 'message_differs'],
    ['of an entry that is no result', [{ index: 0, message: bytes }], 'message_differs'],
    ['that is there twice', [first, first], 'message_differs'],
  ])('%s is refused', (_what, messages, code) => {
    const { verdict, what, sentence } = outcomeOf(examFile(story, { messages }));
    expect([verdict, what]).toEqual(['refuted', `signatures ${code}`]);
    expect(sentence).toMatch(/message/);
  });

  it.each<[string, string, string]>([
    [
      'signed by another node',
      signedResult(examiner, { exam_id, transcript_sha256, grades }, stranger),
      'bad_signature',
    ],
    [
      'about another exam',
      signedResult(examiner, { exam_id: 'f'.repeat(32), transcript_sha256, grades }),
      'message_differs',
    ],
    [
      'about another transcript',
      signedResult(examiner, { exam_id, transcript_sha256: 'e'.repeat(64), grades }),
      'message_differs',
    ],
    ['that is none', '{}', 'bad_signature'],
  ])('%s is refused even if the log has its hash', (_what, message, code) => {
    expect(outcomeOf(examFile(examStory({ message }))).what).toBe(`signatures ${code}`);
  });

  it('that is not kept is said to be missing, by name', () => {
    const { verdict, steps } = outcomeOf(examFile(story, { messages: others }));
    expect(verdict).toBe('incomplete');
    const gap = steps.find(({ step }) => step === 'signatures');
    expect(gap).toMatchObject({ outcome: 'missing', code: 'message_not_kept' });
    expect(gap?.sentence).toContain(`what ${examiner} signed`);
  });

  it('is of no use without the entry of its key', () => {
    const file = examFile(story);
    const entries = file.entries.filter(({ entry }) => !entry.includes('"node_enrolled"'));
    expect(outcomeOf({ ...file, entries }).what).toBe('signatures wrong_entry');
  });
});

describe('a controller that', () => {
  it.each<[string, Lies, string, RegExp]>([
    [
      'changes a grade that was signed',
      { forged: ([one, ...rest]) => [{ index: one?.index ?? 0, score: 0.5 }, ...rest] },
      'signatures numbers_differ',
      /commits to other grades than node-. has signed/,
    ],
    [
      'outvotes somebody who does not differ',
      { outvotes: true },
      'verdict verdict_differs',
      /by the grades nobody outvoted, and the exam was closed with node-. outvoted/,
    ],
    [
      'remembers a better exam',
      {
        evidence: (honest) => {
          const { last } = honest ?? {};
          const overall = { items: 18, weight: 18, squares: 18, good: 18 };
          return last === undefined ? null : { ...honest, last: { ...last, tallies: { overall } } };
        },
      },
      'verdict verdict_differs',
      /does not follow from its results/,
    ],
    [
      'forgets that the exam before was failed',
      {
        earlier: true,
        evidence: (honest) =>
          honest?.last === undefined ? null : { ...honest, last: { ...honest.last, byPoint: false } },
      },
      'verdict verdict_differs',
      /does not follow from its results/,
    ],
    [
      'names a policy that the log does not have',
      { data: { exam_closed: { policy_version: 2 } } },
      'policy policy_differs',
      /version 2 of the policy/,
    ],
  ])('%s is found', (_what, lies, code, sentence) => {
    const found = outcomeOf(examFile(examStory(lies)));
    expect([found.verdict, found.what]).toEqual(['refuted', code]);
    expect(found.sentence).toMatch(sentence);
    expect(found.exam).not.toHaveProperty('outcome');
  });

  it('counts an item in another dimension is found once the item is opened', () => {
    const lies: Lies = { swapsDimensions: true };
    expect(outcomeOf(examFile(examStory(lies), { opened: [] })).verdict).toBe('proven');
    const swapped = examStory(lies);
    const found = outcomeOf(examFile(swapped, { opened: openedOf(swapped, 6) }));
    expect([found.what, found.sentence]).toEqual([
      'verdict verdict_differs',
      expect.stringMatching(/^item \d+ was counted in another dimension/),
    ]);
  });
});

describe('a verdict', () => {
  it('is that the node failed where the interval is below the limit', () => {
    const { verdict, exam, sentence } = outcomeOf(examFile(examStory({ earlier: true, worse: true })));
    expect([verdict, exam?.outcome]).toEqual(['proven', 'failed']);
    expect(sentence).toMatch(/between 0\.49 and 0\.88; the policy asks for 0\.90/);
  });

  it('cannot be shown without the class of the node', () => {
    const file = examFile(story);
    const isOfNode = (entry: string) =>
      entry.includes(`"node_id":"${NODE}"`) && entry.includes('"node_enrolled"');
    const entries = file.entries.filter(({ entry }) => !isOfNode(entry));
    expect(entries).toHaveLength(file.entries.length - 1);
    const { verdict, sentence } = outcomeOf({ ...file, entries });
    expect(verdict).toBe('incomplete');
    expect(sentence).toContain('the file lacks the class of the node');
  });

  it('cannot be shown where nothing was remembered', () => {
    const { verdict, sentence } = outcomeOf(examFile(examStory({ evidence: () => null })));
    expect(verdict).toBe('incomplete');
    expect(sentence).toContain('the file lacks what was remembered of the exam');
  });
});
