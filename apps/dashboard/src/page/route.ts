// Which page is shown. It is in the fragment of the URL, which browsers send to nobody.

import { signal } from '@preact/signals';

/** The pages on which people decide, by their names in the URL. */
export const DECISION_PAGES = ['policy', 'requests', 'access', 'maintenance'] as const;
export type DecisionPage = (typeof DECISION_PAGES)[number];

export type Route =
  | { readonly page: 'overview' | DecisionPage }
  | { readonly page: 'node'; readonly id: string };

export function parseRoute(fragment: string): Route {
  const decision = DECISION_PAGES.find((page) => fragment === pageLink(page));
  if (decision !== undefined) return { page: decision };
  const [, encoded] = /^#\/node\/([^/]+)$/.exec(fragment) ?? [];
  if (encoded === undefined) return { page: 'overview' };
  try {
    return { page: 'node', id: decodeURIComponent(encoded) };
  } catch {
    return { page: 'overview' };
  }
}

export const OVERVIEW = '#/';
export const pageLink = (page: DecisionPage): string => `#/${page}`;
export const nodeLink = (id: string): string => `#/node/${encodeURIComponent(id)}`;

export const route = signal<Route>(parseRoute(location.hash));
addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});
