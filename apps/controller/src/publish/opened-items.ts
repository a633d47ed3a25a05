// Which items of a pool everybody may see.

import type { ExamPoolRecord, MeshView } from '@mesh/membership';

/** The indices of the items that are drawn no more and that no open exam is about, ascending. */
export function openedIndices(view: MeshView, { root, retired }: ExamPoolRecord): number[] {
  const asked = new Set<number>();
  for (const exam of view.exams().open())
    if (exam.root === root)
      for (const { items } of exam.assignments) for (const index of items) asked.add(index);
  return retired.filter((index) => !asked.has(index)).sort((one, other) => one - other);
}
