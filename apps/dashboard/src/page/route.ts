// Which page is shown. It is in the fragment of the URL, which browsers send to nobody.

import { signal } from '@preact/signals';

export type Route = { readonly page: 'overview' } | { readonly page: 'node'; readonly id: string };

export function parseRoute(fragment: string): Route {
  const [, encoded] = /^#\/node\/([^/]+)$/.exec(fragment) ?? [];
  if (encoded === undefined) return { page: 'overview' };
  try {
    return { page: 'node', id: decodeURIComponent(encoded) };
  } catch {
    return { page: 'overview' };
  }
}

export const OVERVIEW = '#/';
export const nodeLink = (id: string): string => `#/node/${encodeURIComponent(id)}`;

export const route = signal<Route>(parseRoute(location.hash));
addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});
