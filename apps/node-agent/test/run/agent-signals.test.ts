import { expect, it } from 'vitest';
import { Signal } from '../../src/run/agent-signals.ts';

it('a signal calls its listeners in the order in which they were added, synchronously', () => {
  const signal = new Signal<number>();
  const heard: string[] = [];
  signal.listen((value) => heard.push(`first ${value}`));
  signal.listen((value) => heard.push(`second ${value}`));
  signal.emit(1);
  signal.emit(2);
  expect(heard).toEqual(['first 1', 'second 1', 'first 2', 'second 2']);
});

it('a signal without listeners drops its value', () => {
  const signal = new Signal();
  signal.emit();
  const heard: string[] = [];
  signal.listen(() => heard.push('late'));
  expect(heard).toEqual([]);
});
