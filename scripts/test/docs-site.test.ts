// The documentation site: the same bytes each time, nothing from elsewhere, no link that leads nowhere, and a
// search that finds.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import MiniSearch from 'minisearch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSite } from '../docs-site/build-site.mjs';
import { renderMarkdown } from '../docs-site/render-markdown.mjs';
import { pathInSite, sidebarFiles } from '../docs-site/site-pages.mjs';

const root = join(import.meta.dirname, '..', '..');

describe('the site', () => {
  let site: Map<string, string | Buffer>;
  beforeAll(() => {
    site = buildSite(root);
  });
  const pages = () => [...site].filter(([path]) => path.endsWith('.html'));

  it('is the same when it is built again', () => {
    const again = buildSite(root);
    expect([...again.keys()]).toEqual([...site.keys()]);
    for (const [path, content] of again) expect(String(content) === String(site.get(path)), path).toBe(true);
  });

  it('has a page for each file of docs/', () => {
    const files = sidebarFiles(root).flatMap((group) => group.files);
    expect(files).toContain('docs/glossary.md');
    expect(files.filter((file) => !site.has(pathInSite(file)))).toEqual([]);
  });

  it('loads nothing from elsewhere', () => {
    for (const [path, content] of pages()) {
      const loaded = [
        ...String(content).matchAll(
          /<(?:script|img|iframe|source)[^>]*?\ssrc="([^"]*)"|<link[^>]*?href="([^"]*)"/g,
        ),
      ].map((match) => match[1] ?? match[2] ?? '');
      expect(loaded.length).toBeGreaterThan(0);
      for (const address of loaded) {
        expect(address).not.toMatch(/^[a-z]+:|^\/\//);
        expect(site.has(join(path, '..', address)), `${path} loads ${address}`).toBe(true);
      }
      expect(content).toContain("default-src 'none'; script-src 'self'");
      expect(content).not.toMatch(/<script>|<style|\sstyle="|\son[a-z]+="/);
    }
    expect(String(site.get('theme/site.css'))).not.toMatch(/url\(|@import|@font-face/);
  });

  it('finds a section by its words', () => {
    const context: { docsSearch?: { index: string; settings: { fields: string[]; storeFields: string[] } } } =
      {};
    runInNewContext(`globalThis = this;${String(site.get('theme/search-index.js'))}`, context);
    const { index, settings } = context.docsSearch ?? {
      index: '',
      settings: { fields: [], storeFields: [] },
    };
    const found = MiniSearch.loadJSON(index, settings).search('dependency rule', { combineWith: 'AND' });
    expect(found.map(({ address }) => address)).toContain('architecture.html#the-dependency-rule');
  });
});

describe('a page', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'docs-site-'));
    mkdirSync(join(folder, 'docs'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const build = (text: string) => {
    writeFileSync(join(folder, 'docs/index.md'), text);
    return buildSite(folder, [{ title: 'All', files: ['docs/index.md'] }]);
  };

  it.each([
    ['[a](gone.md)', 'the link gone.md leads nowhere'],
    ['[a](../../etc/passwd)', 'leads nowhere'],
    ['[a](#none)', 'there is no heading for the link #none'],
    ['![a](gone.svg)', 'the picture gone.svg is not in the repository'],
    ['![a](https://pictures.example/a.svg)', 'is not in the repository'],
  ])('with %s is refused', (text, said) => {
    expect(() => build(`# Title\n\n${text}\n`)).toThrow(said);
  });

  it('without a heading is refused', () => {
    expect(() => build('text\n')).toThrow('docs/index.md: it has no heading');
  });

  it('with links to itself, to a source file and to others elsewhere has the first and the last as links', () => {
    writeFileSync(join(folder, 'docs/a.ts'), '');
    const site = build('# Title\n\n[a](#title) [b](a.ts) [c](https://example.org/)\n');
    const html = String(site.get('index.html'));
    expect(html).toContain('<a href="#title">a</a>');
    expect(html).toContain('<span class="source">b</span>');
    expect(html).toContain('<a href="https://example.org/">c</a>');
  });

  it('shows HTML as text', () => {
    const resolve = { link: (target: string) => target, picture: (target: string) => target };
    const { html } = renderMarkdown('# <b>T</b>\n\n<script>x</script> [a](javascript:x)\n', resolve);
    expect(html).not.toMatch(/<script|<b>|href="javascript/);
  });

  it('has anchors as GitHub makes them, numbered where a heading comes again', () => {
    const text = '# At 3 a.m.\n\n## The `x` key\n\n## The `x` key\n';
    const resolve = { link: (target: string) => target, picture: (target: string) => target };
    const anchors = renderMarkdown(text, resolve).sections.map(({ anchor }) => anchor);
    expect(anchors).toEqual(['at-3-am', 'the-x-key', 'the-x-key-1']);
  });
});

describe('the sidebar', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'docs-sidebar-'));
    mkdirSync(join(folder, 'docs/runbooks'), { recursive: true });
    writeFileSync(join(folder, 'docs/index.md'), '# Title\n');
    writeFileSync(join(folder, 'docs/runbooks/new.md'), '# New\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const filesOf = (...pages: string[]) => sidebarFiles(folder, [{ title: 'All', pages }])[0]?.files;

  it('has the files of a folder that it names', () => {
    expect(filesOf('docs/index.md', 'docs/runbooks/')).toEqual(['docs/index.md', 'docs/runbooks/new.md']);
  });

  it('is refused if it leaves a file out, or names one that is not there', () => {
    expect(() => filesOf('docs/index.md')).toThrow('no group of the sidebar has docs/runbooks/new.md');
    expect(() => filesOf('docs/index.md', 'docs/gone.md')).toThrow('names docs/gone.md, which do not exist');
  });
});
