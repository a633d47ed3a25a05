// Lists whose items are counted before any is examined.

import * as z from 'zod';

/** What each list holds: its schema is a function, which says nothing of itself. */
export const listShapes = new WeakMap<object, { readonly item: z.ZodType; readonly maxItems: number }>();

/**
 * A list of at most `maxItems`. The items are counted before any is examined, and reading stops at the first
 * bad one, so a list of thousands of bad items costs no more than a single bad item.
 */
export function listOf<T extends z.ZodType>(
  item: T,
  maxItems: number,
): z.ZodType<z.output<T>[], z.input<T>[]> {
  const list = z.unknown().superRefine((list, context) => {
    if (!Array.isArray(list)) return context.addIssue({ code: 'custom', message: 'must be a list' });
    if (list.length > maxItems)
      return context.addIssue({ code: 'custom', message: `must hold at most ${maxItems} items` });
    for (const [index, value] of list.entries()) {
      const parsed = item.safeParse(value);
      if (parsed.success) continue;
      for (const { message, path } of parsed.error.issues)
        context.addIssue({ code: 'custom', message, path: [index, ...path] });
      return;
    }
  });
  listShapes.set(list, { item, maxItems });
  return list as unknown as z.ZodType<z.output<T>[], z.input<T>[]>;
}
