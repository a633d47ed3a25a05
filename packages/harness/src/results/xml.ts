// A reader of the part of XML 1.0 that test reports use: elements and attributes. Text, CDATA, comments and
// instructions are skipped unread. Document types are refused, so there are no entities to expand, and so are
// tags that are not well-formed or do not nest.

import { unfit } from './report.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

interface OpenElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
}

const NAME = /[A-Za-z_:][\w:.-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const END_OF_TAG = /\s*(\/?)>/y;
const CLOSING = /<\/([A-Za-z_:][\w:.-]*)\s*>/y;
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 200_000;
/** What stands between these is skipped. */
const SKIPPED = [
  ['<?', '?>'],
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
] as const;

/** @returns the root. Text is not kept. @throws HarnessError `unfit_report` with the place of the fault */
export function parseXml(text: string): XmlElement {
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let elements = 0;
  let at = 0;
  for (;;) {
    const start = text.indexOf('<', at);
    const between = text.slice(at, start === -1 ? text.length : start);
    if (open.length === 0 && between.trim() !== '') throw broken(at, 'there is text outside of the root');
    if (start === -1) break;
    const skipped = SKIPPED.find(([from]) => text.startsWith(from, start));
    if (skipped !== undefined) {
      const end = text.indexOf(skipped[1], start + skipped[0].length);
      if (end === -1) throw broken(start, `${skipped[0]} has no end`);
      at = end + skipped[1].length;
    } else if (text.startsWith('</', start)) {
      const [closing = '', name] = match(CLOSING, text, start) ?? [];
      if (name === undefined || open.pop()?.name !== name)
        throw broken(start, 'an element ends that is not open');
      at = start + closing.length;
    } else {
      const { element, isEmpty, end } = readTag(text, start);
      elements += 1;
      if (open.length === MAX_DEPTH || elements > MAX_ELEMENTS)
        throw broken(start, 'there are too many elements');
      const parent = open.at(-1);
      if (parent === undefined && root !== undefined) throw broken(start, 'there is a second root');
      parent?.children.push(element);
      root ??= element;
      if (!isEmpty) open.push(element);
      at = end;
    }
  }
  if (root === undefined || open.length > 0) throw broken(text.length, 'it ends before its root does');
  return root;
}

function readTag(text: string, start: number): { element: OpenElement; isEmpty: boolean; end: number } {
  const name = match(NAME, text, start + 1)?.[0];
  if (name === undefined) throw broken(start, 'this is no element (document types are not read)');
  let at = start + 1 + name.length;
  const attributes = new Map<string, string>();
  for (;;) {
    const found = match(ATTRIBUTE, text, at);
    if (found === null) break;
    const [all, key = '', quoted, apostrophed] = found;
    if (attributes.has(key)) throw broken(at, `the attribute ${key} is there twice`);
    attributes.set(key, decode(quoted ?? apostrophed ?? '', at));
    at += all.length;
  }
  const end = match(END_OF_TAG, text, at);
  if (end === null) throw broken(at, 'the tag has no end');
  return { element: { name, attributes, children: [] }, isEmpty: end[1] === '/', end: at + end[0].length };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(value: string, at: number): string {
  return value.replaceAll(/&([^;&]*);?/g, (whole, name: string) => {
    const number = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    const code =
      number === null ? undefined : Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10);
    const decoded = code !== undefined && code <= 0x10ffff ? String.fromCodePoint(code) : ENTITIES[name];
    if (decoded === undefined || !whole.endsWith(';')) throw broken(at, 'an entity is not known');
    return decoded;
  });
}

function broken(at: number, why: string) {
  return unfit(`the XML is not whole or not well-formed at character ${at + 1}: ${why}. Run the tests again`);
}
