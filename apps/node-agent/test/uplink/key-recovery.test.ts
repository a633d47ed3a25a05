// A node that cannot open its keys measures at once and asks again: once for each loss, and never in a storm.

import { describe, expect, it } from 'vitest';
import { KeyRecovery } from '../../src/uplink/keys/key-recovery.ts';

function recovery() {
  const done: string[] = [];
  let keyId: string | undefined;
  const subject = new KeyRecovery({
    acknowledgedKeyId: () => keyId,
    measureNow: () => done.push('measure'),
    refetch: () => done.push('refetch'),
  });
  const submit = (id: string) => {
    keyId = id;
    subject.submitted();
  };
  return { done, subject, submit };
}

describe('keys that cannot be opened', () => {
  it('after a restart: it measures at once, and asks for the whole config when the controller has the new key', () => {
    const { done, subject, submit } = recovery();
    subject.cannotOpen();
    expect(done).toEqual(['measure']);
    submit('k1');
    expect(done).toEqual(['measure', 'refetch']);
    subject.opened();
    submit('k2');
    expect(done).toEqual(['measure', 'refetch']);
  });

  it('that were sealed before the controller got the new key: it asks again without measuring', () => {
    const { done, subject, submit } = recovery();
    submit('k1');
    subject.cannotOpen();
    expect(done).toEqual(['refetch']);
  });

  it('again and again: it measures once more, then tries once with each regular benchmark', () => {
    const { done, subject, submit } = recovery();
    for (let time = 0; time < 5; time++) subject.cannotOpen();
    submit('k1');
    for (let time = 0; time < 5; time++) subject.cannotOpen();
    submit('k2');
    for (let time = 0; time < 5; time++) subject.cannotOpen();
    expect(done).toEqual(['measure', 'refetch', 'refetch']);
  });

  it('are expected until the controller has a key of this run and was asked again, and not after that', () => {
    const { subject, submit } = recovery();
    expect([subject.cannotOpen(), subject.cannotOpen()]).toEqual([true, true]);
    submit('k1');
    expect([subject.cannotOpen(), subject.cannotOpen()]).toEqual([false, false]);
    subject.opened();
    expect([subject.cannotOpen(), subject.cannotOpen()]).toEqual([true, false]);
  });

  it('at a later time: it does all of this again', () => {
    const { done, subject, submit } = recovery();
    subject.cannotOpen();
    submit('k1');
    subject.opened();
    subject.cannotOpen();
    submit('k2');
    expect(done).toEqual(['measure', 'refetch', 'measure', 'refetch']);
  });
});
