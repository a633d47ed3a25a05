// The HTML around a page: the sidebar, the field for the search, and a policy that lets nothing in from
// elsewhere.
import { posix } from 'node:path';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'";

/**
 * @typedef {object} SidebarGroup
 * @property {string} title
 * @property {readonly { path: string, title: string }[]} pages
 */

/**
 * @param {object} page
 * @param {string} page.path In the site.
 * @param {string} page.title
 * @param {string} page.html
 * @param {readonly import('./render-markdown.mjs').Section[]} page.sections
 * @param {readonly SidebarGroup[]} groups
 * @returns {string}
 */
export function framePage({ path, title, html, sections }, groups) {
  const to = (/** @type {string} */ target) => relativeAddress(path, target);
  const list = groups.map(({ title: group, pages }) => {
    const isOpen = pages.some((page) => page.path === path);
    const items = pages
      .map(
        (page) =>
          `<li><a href="${escapeHtml(to(page.path))}"${page.path === path ? ' aria-current="page"' : ''}>${escapeHtml(page.title)}</a></li>`,
      )
      .join('\n');
    return `<details${isOpen ? ' open' : ''}><summary>${escapeHtml(group)}</summary><ul>\n${items}\n</ul></details>`;
  });
  const inside = sections.filter(({ level }) => level === 2);
  const contents =
    inside.length < 3
      ? ''
      : `<nav class="contents" aria-label="On this page"><ul>${inside
          .map(({ anchor, heading }) => `<li><a href="#${anchor}">${escapeHtml(heading)}</a></li>`)
          .join('\n')}</ul></nav>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)} · Aligned Mesh</title>
<link rel="stylesheet" href="${to('theme/site.css')}">
<script defer src="${to('theme/minisearch.js')}"></script>
<script defer src="${to('theme/search.js')}"></script>
</head>
<body data-top="${to('')}">
<a class="skip" href="#content">Skip to the text</a>
<header><a class="home" href="${to('index.html')}">Aligned Mesh</a>
<search><label for="search">Search</label> <input id="search" type="search" autocomplete="off"><ol id="found" aria-live="polite"></ol></search></header>
<div class="columns">
<nav aria-label="All pages">
${list.join('\n')}
</nav>
<main id="content">
${contents}
${html}</main>
</div>
</body>
</html>
`;
}

/** The address of a file of the site as a page of it writes it. @param {string} from @param {string} to */
export function relativeAddress(from, to) {
  const address = posix.relative(posix.dirname(from), to);
  return to === '' || to.endsWith('/') ? `${address === '' ? '.' : address}/` : address;
}

/** @param {string} text */
export function escapeHtml(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
