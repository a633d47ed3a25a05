// The worker gets each end of a pair once. Ends are the same if their id and key are.

import { parseNodeId } from '@mesh/primitives';
import { expect, it } from 'vitest';
import { PairEndNumbers } from '../../src/keys/pair-end-numbers.ts';

const end = (nodeId: string, publicKey: string) => ({ nodeId: parseNodeId(nodeId), publicKey });

it('an end has the same number whatever object names it, and another key or another node has another', () => {
  const numbers = new PairEndNumbers();
  const [a, b] = [end('a', 'key 1'), end('b', 'key 2')];
  expect([...numbers.ofAll([a, b, a])]).toEqual([0, 1, 0]);
  expect(numbers.of(end('a', 'key 1'))).toBe(0);
  expect(numbers.of(end('a', 'key 2'))).toBe(2);
  expect(numbers.of(end('c', 'key 1'))).toBe(3);
});

it('new ends are told once, in the order of their numbers', () => {
  const numbers = new PairEndNumbers();
  const ends = [end('a', '1'), end('b', '2')];
  numbers.ofAll(ends);
  expect(numbers.takeNew()).toEqual(ends);
  expect(numbers.takeNew()).toEqual([]);
  numbers.ofAll([end('b', '2'), end('c', '3')]);
  expect(numbers.takeNew()).toEqual([end('c', '3')]);
});
