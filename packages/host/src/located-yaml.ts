/** Parses YAML 1.2, which contains JSON, and knows the line and column of every entry. */

import { LineCounter, parseDocument } from 'yaml';
import { HostError } from './host-error.ts';

/** Both count from 1. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

export interface LocatedYaml {
  readonly document: ReturnType<typeof parseDocument>;
  positionOf(offset: number): YamlPosition;
  /** Where `keys` is; if it is missing, the nearest entry that encloses it; undefined if there is none. */
  locate(keys: readonly PropertyKey[]): YamlPosition | undefined;
  /**
   * The plain data of a part of the document, by default the whole.
   *
   * @throws Error for an alias that cannot be resolved, or for more aliases than any file needs
   */
  toPlain(node?: unknown): unknown;
}

/**
 * @param describe turns the place of a fault into the beginning of the error's message
 * @throws HostError `config_unreadable` if the text is not YAML. The message quotes nothing of the text,
 *   which may be secret
 */
export function parseLocatedYaml(text: string, describe: (position: YamlPosition) => string): LocatedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: false,
    stringKeys: true,
  });
  const positionOf = (offset: number): YamlPosition => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const [first] = document.errors;
  if (first !== undefined) {
    // The parser's messages name tokens. What they quote is left out.
    const message = first.message.replaceAll(/"[^"]*"|'[^']*'/g, '…');
    throw new HostError('config_unreadable', `${describe(positionOf(first.pos[0]))}: ${message}`);
  }
  return {
    document,
    positionOf,
    locate: (keys) => {
      for (let length = keys.length; length > 0; length--) {
        const node: unknown = document.getIn(keys.slice(0, length), true);
        if (hasRange(node)) return positionOf(node.range[0]);
      }
      return undefined;
    },
    toPlain: (node = document.contents) => {
      if (typeof node !== 'object' || node === null || !('toJS' in node) || typeof node.toJS !== 'function')
        return node;
      // At most 100 aliases: otherwise a file of a few lines could grow to gigabytes.
      return node.toJS(document, { maxAliasCount: 100 });
    },
  };
}

export function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
