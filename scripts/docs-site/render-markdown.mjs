// A Markdown file as HTML: with an anchor at each heading, and with its links and pictures as the caller
// resolves them. HTML in the Markdown is shown as text.
import MarkdownIt from 'markdown-it';
import { slugOf } from '../lib/read-markdown.mjs';

/**
 * @typedef {object} Section A heading with the text up to the next one.
 * @property {string} heading
 * @property {number} level
 * @property {string} anchor
 * @property {string} text
 */

/**
 * @param {string} markdown
 * @param {object} resolve
 * @param {(target: string) => string | undefined} resolve.link The address of a link; undefined: no link.
 * @param {(target: string) => string} resolve.picture The address of a picture.
 * @returns {{ html: string, sections: Section[] }}
 */
export function renderMarkdown(markdown, resolve) {
  const parser = new MarkdownIt({ html: false, linkify: false });
  const tokens = parser.parse(markdown, {});
  /** @type {Section[]} */
  const sections = [];
  /** @type {Map<string, number>} */
  const used = new Map();
  tokens.forEach((token, at) => {
    const inline = tokens[at + 1];
    if (token.type === 'heading_open' && inline !== undefined) {
      const heading = plainText(inline);
      const slug = slugOf(heading);
      const before = used.get(slug) ?? 0;
      used.set(slug, before + 1);
      const anchor = before === 0 ? slug : `${slug}-${before}`;
      token.attrSet('id', anchor);
      sections.push({ heading, level: Number(token.tag.slice(1)), anchor, text: '' });
    } else if (token.type === 'inline' && tokens[at - 1]?.type !== 'heading_open') {
      addText(sections, plainText(token));
    } else if (token.type === 'fence' || token.type === 'code_block') {
      addText(sections, token.content);
    }
    // The policy of the pages allows no style in an attribute.
    if (token.attrGet('style') !== null) {
      token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style');
      token.attrSet('class', 'right');
    }
    if (token.children !== null) resolveInline(token.children, resolve);
  });
  return { html: parser.renderer.render(tokens, parser.options, {}), sections };
}

/** @param {Section[]} sections @param {string} text */
function addText(sections, text) {
  const section = sections.at(-1);
  if (section !== undefined) section.text += `${text}\n`;
}

/** @param {import('markdown-it/index.js').Token} inline */
function plainText({ children }) {
  return (children ?? [])
    .map(({ type, content }) => (type === 'softbreak' || type === 'hardbreak' ? ' ' : content))
    .join('');
}

/**
 * @param {import('markdown-it/index.js').Token[]} tokens
 * @param {Parameters<typeof renderMarkdown>[1]} resolve
 */
function resolveInline(tokens, resolve) {
  /** @type {boolean[]} */
  const open = [];
  for (const token of tokens) {
    if (token.type === 'image') token.attrSet('src', resolve.picture(token.attrGet('src') ?? ''));
    if (token.type === 'link_open') {
      const address = resolve.link(token.attrGet('href') ?? '');
      open.push(address !== undefined);
      if (address === undefined) asSpan(token);
      else token.attrSet('href', address);
    }
    if (token.type === 'link_close' && open.pop() === false) asSpan(token);
  }
}

/** @param {import('markdown-it/index.js').Token} token */
function asSpan(token) {
  token.tag = 'span';
  token.attrs = token.nesting === 1 ? [['class', 'source']] : [];
}
