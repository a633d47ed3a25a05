// A look at a part of the mesh finds what a look at all of it finds, in far fewer bytes.

import { expect, it } from 'vitest';
import { measureLooks } from '../../src/dashboard/live-looks.ts';

it('the reports of a sparse mesh have a tenth of the bytes at most', () => {
  const { changed, all } = measureLooks(2_000, 3);
  expect(changed.reportsMib).toBeGreaterThan(0);
  expect(changed.reportsMib).toBeLessThan(all.reportsMib / 10);
});
