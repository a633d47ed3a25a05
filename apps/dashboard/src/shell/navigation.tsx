// The way to the other pages.

import { DECISION_PAGES, type DecisionPage, OVERVIEW, pageLink, route } from '../page/route.ts';

export const PAGE_NAMES: Readonly<Record<DecisionPage, string>> = {
  policy: 'Policy',
  requests: 'Requests',
  access: 'Access',
  maintenance: 'Maintenance',
};

export function Navigation() {
  const { page } = route.value;
  return (
    <nav aria-label="Pages">
      <a href={OVERVIEW} aria-current={page === 'overview' ? 'page' : undefined}>
        Overview
      </a>
      {DECISION_PAGES.map((name) => (
        <a key={name} href={pageLink(name)} aria-current={page === name ? 'page' : undefined}>
          {PAGE_NAMES[name]}
        </a>
      ))}
    </nav>
  );
}
