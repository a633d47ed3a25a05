// Draws a chart of lines as SVG. The same input gives the same text.

export interface Axis {
  readonly label: string;
  /** Ascending. They span the axis. */
  readonly ticks: readonly number[];
  readonly logarithmic?: boolean;
}

export interface Line {
  /** In the legend; a line without a name has the colour of the line before. */
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

const WIDTH = 720;
const HEIGHT = 400;
const AREA = { left: 70, right: 560, top: 45, bottom: 340 } as const;
/** Told apart by most people who see few colours (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

export function renderChart({ title, x, y, lines }: Chart): string {
  const toX = scale(x, AREA.left, AREA.right);
  const toY = scale(y, AREA.bottom, AREA.top);
  let colour = -1;
  const drawn = lines.map(({ name, points }) => {
    if (name !== '') colour += 1;
    const stroke = COLOURS[colour % COLOURS.length] as string;
    const path = points.map((point) => `${round(toX(point[0]))},${round(toY(point[1]))}`).join(' ');
    const label =
      name === '' ? '' : text(AREA.right + 12, AREA.top + 12 + 22 * colour, name, `fill="${stroke}"`);
    return `<polyline fill="none" stroke="${stroke}" stroke-width="2" points="${path}"/>\n${label}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(AREA.left, 25, title, 'font-size="15" font-weight="bold"'),
    ...x.ticks.map((tick) => {
      const at = toX(tick);
      return `${rule(at, AREA.top, at, AREA.bottom)}\n${text(at, AREA.bottom + 20, written(tick), 'text-anchor="middle"')}`;
    }),
    ...y.ticks.map((tick) => {
      const at = toY(tick);
      return `${rule(AREA.left, at, AREA.right, at)}\n${text(AREA.left - 8, at + 4, written(tick), 'text-anchor="end"')}`;
    }),
    text((AREA.left + AREA.right) / 2, HEIGHT - 15, x.label, 'text-anchor="middle"'),
    text(
      18,
      (AREA.top + AREA.bottom) / 2,
      y.label,
      `text-anchor="middle" transform="rotate(-90 18 ${(AREA.top + AREA.bottom) / 2})"`,
    ),
    ...drawn,
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n')
    .concat('\n');
}

function scale({ ticks, logarithmic = false }: Axis, from: number, to: number): (value: number) => number {
  const of = (value: number) => (logarithmic ? Math.log(value) : value);
  const [low, high] = [of(ticks[0] ?? 0), of(ticks.at(-1) ?? 1)];
  // What lies beyond the ticks is drawn at the edge.
  const share = (value: number) => Math.min(1, Math.max(0, (of(value) - low) / (high - low)));
  return (value) => from + share(value) * (to - from);
}

const round = (value: number): string => value.toFixed(1);
const written = (value: number): string => value.toLocaleString('en-US');
const rule = (x1: number, y1: number, x2: number, y2: number): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#ddd"/>`;

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
