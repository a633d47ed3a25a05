// Lists that grow, one item after the other, fetched in pages.

import type { AdminClient, ExamSummary, NodeSummary, PageQuery, TokenSummary } from '@mesh/protocol';

export interface PageOptions {
  /** How many items one request fetches: 1 to 1,000; 100 by default. */
  readonly pageSize?: number;
}

const PAGE_SIZE = 100;

/** Every node, in the order of their ids. One that enrols meanwhile may be missing. */
export function eachNode(
  client: Pick<AdminClient, 'nodes'>,
  options?: PageOptions,
): AsyncGenerator<NodeSummary> {
  return each(options, async (page) => {
    const { nodes, next_cursor } = await client.nodes(page);
    return { items: nodes, next: next_cursor };
  });
}

/** Every join token, in the order of their ids. */
export function eachToken(
  client: Pick<AdminClient, 'tokens'>,
  options?: PageOptions,
): AsyncGenerator<TokenSummary> {
  return each(options, async (page) => {
    const { tokens, next_cursor } = await client.tokens(page);
    return { items: tokens, next: next_cursor };
  });
}

/** Every exam, the newest first. One that is closed meanwhile may come twice. */
export function eachExam(
  client: Pick<AdminClient, 'exams'>,
  options?: PageOptions,
): AsyncGenerator<ExamSummary> {
  return each(options, async (page) => {
    const { exams, next_cursor } = await client.exams(page);
    return { items: exams, next: next_cursor };
  });
}

interface Fetched<T> {
  readonly items: readonly T[];
  /** Absent: the controller knows no pages, and the items are the whole list. */
  readonly next: string | null | undefined;
}

async function* each<T>(
  { pageSize = PAGE_SIZE }: PageOptions = {},
  fetchPage: (page: PageQuery) => Promise<Fetched<T>>,
): AsyncGenerator<T> {
  let cursor: string | null | undefined;
  do {
    const { items, next } = await fetchPage({ limit: pageSize, ...(cursor == null ? {} : { cursor }) });
    yield* items;
    cursor = next;
  } while (cursor != null);
}
