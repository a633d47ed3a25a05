// Builds the documentation site from the Markdown files of docs/ and the READMEs that they link to. The same
// files give the same bytes. It asks nobody over the network, and no page does.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import MiniSearch from 'minisearch';
import { framePage, relativeAddress } from './frame-page.mjs';
import { renderMarkdown } from './render-markdown.mjs';
import { pathInSite, resolveLink, sidebarFiles } from './site-pages.mjs';

const theme = join(dirname(fileURLToPath(import.meta.url)), 'theme');

/**
 * @typedef {object} Page
 * @property {string} file
 * @property {string} path In the site.
 * @property {string} title
 * @property {string} html
 * @property {readonly import('./render-markdown.mjs').Section[]} sections
 */

/**
 * @param {string} root Of the repository.
 * @param {ReturnType<typeof sidebarFiles>} [groups] Of the sidebar, with their files.
 * @returns {Map<string, string | Buffer>} the files of the site by their paths
 * @throws Error that names every link that leads nowhere
 */
export function buildSite(root, groups = sidebarFiles(root)) {
  const reader = new PageReader(root);
  for (const { files } of groups) for (const file of files) reader.add(file);
  reader.readAll();
  const faults = reader.faults();
  if (faults.length > 0) throw new Error(faults.join('\n'));

  const { pages } = reader;
  const listed = new Set(groups.flatMap(({ files }) => files));
  const others = [...pages.keys()].filter((file) => !listed.has(file)).sort();
  const sidebar = [...groups, { title: 'In the source', files: others }].map(({ title, files }) => ({
    title,
    pages: files.flatMap((file) => pages.get(file) ?? []),
  }));
  /** @type {Map<string, string | Buffer>} */
  const site = new Map();
  for (const page of pages.values()) site.set(page.path, framePage(page, sidebar));
  for (const file of reader.pictures) site.set(pathInSite(file), readFileSync(join(root, file)));
  site.set('theme/search-index.js', searchIndex([...pages.values()]));
  addTheme(site);
  return site;
}

/** Reads pages, and the pages that they link to. */
class PageReader {
  /** @type {Map<string, Page>} */
  pages = new Map();
  /** @type {Set<string>} */
  pictures = new Set();
  /** @type {Set<string>} */
  #waiting = new Set();
  /** @type {{ from: string, target: string, file: string, anchor: string | undefined }[]} */
  #links = [];
  /** @type {string[]} */
  #faults = [];
  #root;

  /** @param {string} root */
  constructor(root) {
    this.#root = root;
  }

  /** @param {string} file */
  add(file) {
    if (!this.pages.has(file)) this.#waiting.add(file);
  }

  readAll() {
    for (const file of this.#waiting) this.#read(file);
  }

  /** @returns {string[]} a sentence for each link or picture that is not there */
  faults() {
    const dead = this.#links.filter(({ file, anchor }) => {
      const anchors = this.pages.get(file)?.sections.map((section) => section.anchor) ?? [];
      return anchor !== undefined && !anchors.includes(anchor);
    });
    return [
      ...this.#faults,
      ...dead.map(({ from, target }) => `${from}: there is no heading for the link ${target}`),
    ];
  }

  /** @param {string} file */
  #read(file) {
    const path = pathInSite(file);
    const { html, sections } = renderMarkdown(readFileSync(join(this.#root, file), 'utf8'), {
      link: (target) => this.#link(file, path, target),
      picture: (target) => this.#picture(file, path, target),
    });
    const title = sections[0]?.heading;
    if (title === undefined) this.#faults.push(`${file}: it has no heading: begin it with one`);
    this.pages.set(file, { file, path, title: title ?? file, html, sections });
  }

  /** @param {string} from @param {string} path @param {string} target */
  #link(from, path, target) {
    if (/^[a-z]+:/.test(target)) return target;
    const { kind, file, anchor } = resolveLink(this.#root, from, target);
    if (kind === 'missing') this.#faults.push(`${from}: the link ${target} leads nowhere`);
    if (kind === 'picture') {
      this.pictures.add(file);
      return relativeAddress(path, pathInSite(file));
    }
    if (kind !== 'page') return undefined;
    this.add(file);
    this.#links.push({ from, target, file, anchor });
    const address = file === from ? '' : relativeAddress(path, pathInSite(file));
    return anchor === undefined ? address : `${address}#${anchor}`;
  }

  /** @param {string} from @param {string} path @param {string} target */
  #picture(from, path, target) {
    const { kind, file } = /^[a-z]+:/.test(target)
      ? { kind: 'missing', file: target }
      : resolveLink(this.#root, from, target);
    if (kind !== 'picture') this.#faults.push(`${from}: the picture ${target} is not in the repository`);
    else this.pictures.add(file);
    return relativeAddress(path, pathInSite(file));
  }
}

/** How a section is found; the page's script reads the index with the same fields. */
const SEARCH = { fields: ['heading', 'title', 'text'], storeFields: ['heading', 'title', 'address'] };

/** @param {readonly Page[]} pages */
function searchIndex(pages) {
  const index = new MiniSearch(SEARCH);
  let id = 0;
  for (const { path, title, sections } of pages)
    for (const { heading, anchor, text } of sections) {
      index.add({ id, heading, title, text, address: `${path}#${anchor}` });
      id += 1;
    }
  const settings = JSON.stringify(SEARCH);
  return `globalThis.docsSearch = { settings: ${settings}, index: ${JSON.stringify(JSON.stringify(index))} };\n`;
}

/** @param {Map<string, string | Buffer>} site */
function addTheme(site) {
  for (const name of ['site.css', 'search.js']) site.set(`theme/${name}`, readFileSync(join(theme, name)));
  const folder = join(dirname(createRequire(import.meta.url).resolve('minisearch')), '../..');
  const script = readFileSync(join(folder, 'dist/umd/index.js'), 'utf8');
  site.set('theme/minisearch.js', script.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
  site.set('theme/minisearch.LICENSE.txt', readFileSync(join(folder, 'LICENSE.txt')));
}
