// Ways to write a body. Some of them change nothing of what it means; the message is as doomed as before.

import type { Body } from './odd-values.ts';

/** Changes of the text of a body that is otherwise as it was made. */
export const textTwists = [
  'none',
  'spaces',
  'escapes',
  'reversed',
  'duplicate',
  'trailing',
  'cut',
  'mark',
  'not_utf8',
  'nan',
  'infinite',
  'deep',
  'huge',
] as const;
export type TextTwist = (typeof textTwists)[number];

export function twisted(body: Body, twist: TextTwist): Buffer {
  const text = JSON.stringify(body) ?? 'null';
  switch (twist) {
    case 'none':
      return Buffer.from(text);
    case 'spaces':
      return Buffer.from(`\n\t ${JSON.stringify(body, undefined, 3)}\r\n`);
    case 'escapes':
      return Buffer.from(
        text.replace(/"([a-z])/g, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`),
      );
    case 'reversed':
      return Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(body).reverse())));
    case 'duplicate':
      return Buffer.from(text.replace('{', '{"mesh_id":"testmesh","mesh_id":"testmesh",'));
    case 'trailing':
      return Buffer.from(`${text}{}`);
    case 'cut':
      return Buffer.from(text.slice(0, -1));
    case 'mark':
      return Buffer.from(`\ufeff${text}`);
    case 'not_utf8':
      return Buffer.concat([
        Buffer.from(text.slice(0, 2)),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(text.slice(2)),
      ]);
    case 'nan':
      return Buffer.from(text.replace('{', '{"n":NaN,'));
    case 'infinite':
      return Buffer.from(text.replace('{', '{"n":1e999,'));
    case 'deep':
      return Buffer.from(text.replace('{', `{"n":${'['.repeat(3_000)}${']'.repeat(3_000)},`));
    case 'huge':
      return Buffer.from(text.replace('{', `{"n":"${'x'.repeat(70_000)}",`));
  }
}
