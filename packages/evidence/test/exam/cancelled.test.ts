// An exam counts for nothing once it is cancelled, so the log must say what cancelled it.

import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { verifyExam } from '../../src/index.ts';
import { NOON, trust } from '../support/mesh-log.ts';
import { examFile, examStory, type Lies } from './exam-story.ts';

const found = (lies: Lies, without?: string) => {
  const file = examFile(examStory(lies));
  const entries = file.entries.filter(({ entry }) => without === undefined || !entry.includes(without));
  const { verdict, steps, exam } = verifyExam({ ...file, entries }, trust);
  return { verdict, exam, steps, cause: steps.find(({ step }) => step === 'cancellation') };
};

describe('the file of a cancelled exam', () => {
  it.each<['restored' | 'erased', RegExp]>([
    ['restored', /^entry \d+ is a restore from a backup while it was open, which cancelled the exam$/],
    ['erased', /^entry \d+ is an erasure of the node’s details after its end, which cancelled the exam$/],
  ])('(%s) shows what cancelled it, and that no result counts', (cancelled, sentence) => {
    const { verdict, steps, exam, cause } = found({ cancelled });
    expect(verdict).toBe('proven');
    expect(exam).not.toHaveProperty('outcome');
    expect(cause).toMatchObject({ outcome: 'shown', sentence: expect.stringMatching(sentence) });
    expect(steps).toContainEqual(
      expect.objectContaining({
        ...{ step: 'grades', outcome: 'shown' },
        sentence: `the exam was cancelled (${cancelled}): no result counts`,
      }),
    );
  });

  it.each<[string, Lies, string?]>([
    ['without the entry of the restore', { cancelled: 'restored' }, '"backup_restored"'],
    ['where nothing was restored', { cancelled: 'restored', restoredAtMs: null }],
    ['where the restore was another time', { cancelled: 'restored', restoredAtMs: NOON + 1 }],
    ['without the entry of the erasure', { cancelled: 'erased' }, '"node_details_erased"'],
    ['where nothing was erased', { cancelled: 'erased', erased: null }],
    ['where another node was erased', { cancelled: 'erased', erased: parseNodeId('node-b') }],
  ])('%s does not show the exam', (_what, lies, without) => {
    const { verdict, cause } = found(lies, without);
    expect(verdict).toBe('incomplete');
    expect(cause).toMatchObject({ outcome: 'missing', code: 'cause_not_recorded' });
    expect(cause?.sentence).toMatch(/^the exam was cancelled \((restored|erased)\), and the file lacks/);
  });

  it('for a reason that this version does not know does not show it either', () => {
    const { verdict, cause } = found({ cancelled: 'unknown' });
    expect(verdict).toBe('incomplete');
    expect(cause).toMatchObject({ outcome: 'missing', code: 'newer_version' });
  });

  it('is not mentioned for an exam that was not cancelled', () => {
    expect(found({}).cause).toBeUndefined();
  });
});
