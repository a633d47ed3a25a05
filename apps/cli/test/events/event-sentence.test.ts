import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../src/events/event-sentence.ts';

const of = (type: string, data: object = {}, rest: object = {}) =>
  sentenceOf({ index: 0, entry: { type, node_id: 'node-c', epoch_id: 7, data, ...rest } });

describe('the sentence of an event', () => {
  it('says why a node was cut, in the words of the reason', () => {
    expect(of('node_denied', { reason_code: 'below_threshold' })).toMatch(/^node-c was cut: \w.* \w/);
    expect(of('node_denied', { reason_code: 'of_a_later_version' })).toBe(
      'node-c was cut: of_a_later_version',
    );
  });

  it.each([
    [{ actor: 'key', actor_id: '0123', why: 'odd' }, 'node-c was revoked by the API key 0123 (odd)'],
    [{ actor: 'socket', why: 'odd' }, 'node-c was revoked by somebody at the socket (odd)'],
    [{ actor: 'constructor' }, 'node-c was revoked'],
  ])('names who did it, and why: %j', (data, sentence) => {
    expect(of('node_revoked', data)).toBe(sentence);
  });

  it('of a type that it does not know is the type, in words', () => {
    expect(of('moon_eclipsed', { why: 'orbit' })).toBe('node-c: moon eclipsed (orbit)');
    expect(of('toString')).toBe('node-c: toString');
  });

  it('takes details that are revealed, and marks what is missing', () => {
    expect(of('node_class_changed', { from: 'a' }, { revealed: { to: 'b' } })).toContain('from class a to b');
    expect(of('node_class_changed', null as never)).toContain('from class ? to ?');
  });
});
