// Reads the log page after page: an answer holds, and looks at, a limited number of entries.

import type { AdminClient, LogPage, LogQuery } from '@mesh/protocol';

/** The most entries that one answer holds. */
export const MAX_PAGE = 1_000;

/**
 * The pages from an index on, until there are enough entries or the log ends.
 *
 * @param limit how many entries are enough
 */
export async function* logPages(
  client: Pick<AdminClient, 'log'>,
  query: LogQuery & { readonly from: number },
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<LogPage> {
  for (let { from } = query, left = limit; ; ) {
    const page = await client.log({ ...query, from, limit: Math.min(left, MAX_PAGE) });
    yield page;
    from = page.next;
    left -= page.entries.length;
    if (left <= 0 || from >= page.size) return;
  }
}
