// Which Markdown files are pages of the documentation site, and where each stands in its sidebar.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

/**
 * The groups of the sidebar, in this order. A folder stands for its files in the order of their names.
 *
 * @type {readonly { title: string, pages: readonly string[] }[]}
 */
export const SIDEBAR = [
  { title: 'Begin', pages: ['docs/index.md', 'docs/quickstart.md', 'docs/tutorials/', 'docs/comparison.md'] },
  { title: 'Concepts', pages: ['docs/concepts/', 'docs/scoring.md', 'docs/glossary.md'] },
  { title: 'How to', pages: ['docs/operations.md', 'docs/how-to/'] },
  { title: 'Runbooks', pages: ['docs/runbooks/'] },
  { title: 'Reference', pages: ['docs/reference/', 'docs/problems.md', 'docs/protocol.md'] },
  {
    title: 'Inside',
    pages: ['docs/architecture.md', 'docs/threat-model.md', 'docs/performance.md'],
  },
  { title: 'Decisions', pages: ['docs/decisions/'] },
];

/**
 * The files of each group of the sidebar.
 *
 * @param {string} root
 * @param {typeof SIDEBAR} [sidebar]
 * @throws Error if a file of docs/ is in no group, or a group names a file that is not there
 */
export function sidebarFiles(root, sidebar = SIDEBAR) {
  const groups = sidebar.map(({ title, pages }) => ({
    title,
    files: pages.flatMap((page) => (page.endsWith('/') ? markdownIn(root, page) : [page])),
  }));
  const named = groups.flatMap(({ files }) => files);
  const all = markdownIn(root, 'docs/', { recursive: true });
  const gone = named.filter((file) => !all.includes(file));
  if (gone.length > 0) throw new Error(`the sidebar names ${gone.join(', ')}, which do not exist`);
  const left = all.filter((file) => !named.includes(file));
  if (left.length > 0)
    throw new Error(
      `no group of the sidebar has ${left.join(', ')}: add them in scripts/docs-site/site-pages.mjs`,
    );
  return groups;
}

/** @param {string} root @param {string} folder @param {{ recursive?: boolean }} [options] */
function markdownIn(root, folder, options) {
  return readdirSync(join(root, folder), { recursive: options?.recursive ?? false, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name))
    .sort();
}

/** Where a page lies in the site. Those of docs/ are at the top. @param {string} file */
export function pathInSite(file) {
  const name = file.replace(/\.md$/, '.html');
  return name.startsWith('docs/') ? name.slice('docs/'.length) : `source/${name}`;
}

/**
 * What a link in a page leads to.
 *
 * @param {string} root
 * @param {string} from The file that has the link.
 * @param {string} target As it is written there, without a scheme.
 * @returns {{ kind: 'page' | 'picture' | 'source' | 'missing', file: string, anchor: string | undefined }}
 *   `source` is a file or folder of the repository that is no page
 */
export function resolveLink(root, from, target) {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : relative(root, join(root, dirname(from), decodeURI(path)));
  const found = { file, anchor };
  if (file.startsWith('..') || !existsSync(join(root, file))) return { kind: 'missing', ...found };
  if (file.endsWith('.md')) return { kind: 'page', ...found };
  if (/\.(svg|png)$/.test(file)) return { kind: 'picture', ...found };
  const readme = join(file, 'README.md');
  const isFolder = statSync(join(root, file)).isDirectory();
  return isFolder && existsSync(join(root, readme))
    ? { kind: 'page', file: readme, anchor }
    : { kind: 'source', ...found };
}
