// Texts by which a node could try to end a line early, begin another, or be read as something else. All tests
// of this package use them. If a parser or renderer accepts one of them, it accepts it from an attacker.

const TAILS = [
  '\n',
  '\r',
  '\r\n',
  '\u0000',
  '\u2028',
  '\u2029',
  '\u0085',
  '\u000b',
  '\u000c',
  ' ',
  '\t',
  '#',
  ';',
  '=',
  '==',
  ',',
  '%',
  '/',
  '\\',
  "'",
  '"',
  '$(id)',
  '`id`',
  '\nPostUp = id',
  '\n[Peer]\nAllowedIPs = 0.0.0.0/0',
  '\nreplace_peers=true',
  '\nallowed_ip=0.0.0.0/0',
  '\n\nset=1\n',
  '\u200b',
  '\ufeff',
  '\u0661',
  '\uff11',
];
const HEADS = ['\n', '\r', '\u0000', '\u2028', ' ', '\t', '-', '--', '=', '#', '\ufeff', '+', '@'];

/** `valid` with every kind of fault: before, behind, in the middle, in other scripts' digits and letters. */
export function hostileVariants(valid: string): string[] {
  const middle = Math.floor(valid.length / 2);
  return [
    '',
    ' ',
    '\n',
    ...TAILS.map((tail) => valid + tail),
    ...HEADS.map((head) => head + valid),
    ...['\n', '\r', '\u0000', '\u2028', '=', ' '].map(
      (inner) => valid.slice(0, middle) + inner + valid.slice(middle),
    ),
    valid.replace(/[0-9]/, (digit) => String.fromCodePoint(0x0660 + Number(digit))),
    valid.replace(/[0-9]/, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    valid.replace(/[a-zA-Z]/, (letter) => String.fromCodePoint(0xff00 + letter.charCodeAt(0) - 0x20)),
    `${valid}\n${valid}`,
    `${valid} ${valid}`,
  ].filter((text) => text !== valid);
}

/** Values that are not strings. JSON or a careless cast could bring them. */
export const NOT_STRINGS: readonly unknown[] = [
  undefined,
  null,
  0,
  1,
  Number.NaN,
  true,
  {},
  [],
  ['10.0.0.1'],
  new Uint8Array(32),
  Symbol('x'),
  { toString: () => '10.0.0.1' },
];
