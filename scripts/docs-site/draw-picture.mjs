// Draws a picture of boxes and arrows as SVG. The colours are attributes, so that it needs no style.
import { escapeHtml } from './frame-page.mjs';

const COLUMN = 250;
const ROW = 120;
const BOX = { width: 180, height: 64 };
const MARGIN = 16;

/**
 * @typedef {object} Box
 * @property {readonly [number, number]} at Its column and row, from 0.
 * @property {readonly string[]} lines What it says, two lines at most.
 */

/**
 * @param {object} picture
 * @param {string} picture.title For those who do not see it.
 * @param {Readonly<Record<string, Box>>} picture.boxes
 * @param {readonly (readonly [from: string, to: string, label: string])[]} picture.arrows Between boxes that
 *   lie side by side or one above the other
 * @returns {string}
 * @throws Error if an arrow names a box that is not there
 */
export function drawPicture({ title, boxes, arrows }) {
  const all = Object.values(boxes);
  const width = 2 * MARGIN + BOX.width + COLUMN * Math.max(...all.map(({ at }) => at[0]));
  const height = 2 * MARGIN + BOX.height + ROW * Math.max(...all.map(({ at }) => at[1]));
  const lines = arrows.map(([from, to, label]) => {
    const [start, end] = [boxes[from], boxes[to]];
    if (start === undefined || end === undefined) throw new Error(`there is no box ${from} or ${to}`);
    return drawArrow(start, end, label);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>${escapeHtml(title)}</title>
<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#44525f"/></marker></defs>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${[...lines, ...all.map(drawBox)].join('\n')}
</svg>
`;
}

/** @param {Box} box */
function drawBox({ at, lines }) {
  const { x, y } = cornerOf(at);
  const first = y + BOX.height / 2 + (lines.length === 1 ? 5 : -5);
  const texts = lines.map(
    (line, index) =>
      `<text x="${x + BOX.width / 2}" y="${first + 18 * index}" text-anchor="middle" fill="#1c2127">${escapeHtml(line)}</text>`,
  );
  return `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="#eef3f8" stroke="#44525f"/>\n${texts.join('\n')}`;
}

/** @param {Box} from @param {Box} to @param {string} label */
function drawArrow({ at: start }, { at: end }, label) {
  const [from, to] = [cornerOf(start), cornerOf(end)];
  const right = Math.sign(end[0] - start[0]);
  const down = Math.sign(end[1] - start[1]);
  const x1 = from.x + (BOX.width * (1 + right)) / 2;
  const y1 = from.y + (BOX.height * (1 + (right === 0 ? down : 0))) / 2;
  const x2 = to.x + (BOX.width * (1 - right)) / 2;
  const y2 = to.y + (BOX.height * (1 - (right === 0 ? down : 0))) / 2;
  const [x, y] = right === 0 ? [x1 + 8, (y1 + y2) / 2 + 4] : [(x1 + x2) / 2, (y1 + y2) / 2 - 8];
  const anchor = right === 0 ? 'start' : 'middle';
  return `<path d="M${x1} ${y1} ${x2} ${y2}" stroke="#44525f" marker-end="url(#end)"/>\n<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="12" fill="#44525f">${escapeHtml(label)}</text>`;
}

/** @param {readonly [number, number]} at */
function cornerOf([column, row]) {
  return { x: MARGIN + COLUMN * column, y: MARGIN + ROW * row };
}
