// How smoothly the dashboard shows a large mesh: the frames that a browser draws while somebody zooms and
// moves over the matrix and reports come in. And what the live state that it reads costs the controller.

import { buildDashboard, launchBrowser, openPage } from '@mesh/e2e';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { less, type Table } from '../report.ts';
import { type LookCosts, measureLooks } from './live-looks.ts';
import { serveSynthetic } from './serve-synthetic.ts';

const SIZES = [100, 1_000] as const;
const LOOKS = { size: 10_000, full: 60, quick: 5 } as const;
const SECONDS = { full: 10, quick: 2 } as const;

interface Frames {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly firstPictureMs: number;
}

/** Runs in the page: how long after one another its frames came. */
const FRAMES = (seconds: number) => `new Promise((resolve) => {
  const gaps = [];
  let last = performance.now();
  const endsAt = last + ${seconds * 1_000};
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    if (now < endsAt) requestAnimationFrame(frame);
    else resolve(gaps.slice(1).sort((a, b) => a - b));
  };
  requestAnimationFrame(frame);
})`;

async function measure(folder: string, size: number, seconds: number): Promise<Frames> {
  await using server = await serveSynthetic(folder, size);
  const browser = await launchBrowser();
  try {
    const startedMs = performance.now();
    const { page, faults } = await openPage(browser, server.url);
    const matrix = page.getByRole('application', { name: `${size} by ${size} nodes` });
    await matrix.waitFor();
    const firstPictureMs = performance.now() - startedMs;
    await matrix.click({ position: { x: 50, y: 50 } });
    const gaps = page.evaluate<number[]>(FRAMES(seconds));
    const endsAtMs = performance.now() + seconds * 1_000;
    for (let step = 0; performance.now() < endsAtMs; step += 1) {
      await page.mouse.wheel(0, step % 40 < 20 ? -100 : 100);
      await page.keyboard.press(step % 2 === 0 ? 'ArrowRight' : 'ArrowDown');
    }
    const sorted = await gaps;
    if (faults.length > 0) throw new Error(`the page failed: ${faults.join('; ')}`);
    const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
    return { medianMs: at(0.5), p95Ms: at(0.95), firstPictureMs };
  } finally {
    await browser.close();
  }
}

function looksTable(rounds: number, quick: boolean): Table {
  const found = Array.from({ length: rounds }, () =>
    measureLooks(LOOKS.size, quick ? LOOKS.quick : LOOKS.full),
  );
  const rows = (name: string, of: (each: (typeof found)[number]) => LookCosts) => [
    less(
      `a look, ${name}`,
      'ms',
      found.map((each) => of(each).lookMs),
    ),
    less(
      `all reports, ${name}`,
      'MiB',
      found.map((each) => of(each).reportsMib),
    ),
  ];
  return {
    title: `the live state of ${LOOKS.size} nodes with 100 peers each, of which 167 report between two looks`,
    rows: [
      ...rows('all nodes and an age for each', ({ all }) => all),
      ...rows('what has changed', ({ changed }) => changed),
    ],
  };
}

async function run({ rounds, quick, say }: BenchmarkRun) {
  const built = await buildDashboard();
  try {
    const tables: Table[] = [];
    for (const size of SIZES) {
      const found: Frames[] = [];
      for (let round = 0; round < rounds; round += 1)
        found.push(await measure(built.folder, size, quick ? SECONDS.quick : SECONDS.full));
      say(`${size} nodes: done`);
      tables.push({
        title: `${size} × ${size}, while it is zoomed and reports come in`,
        rows: [
          less(
            'from one frame to the next, median',
            'ms',
            found.map(({ medianMs }) => medianMs),
          ),
          less(
            'the same, 95 in 100 are shorter',
            'ms',
            found.map(({ p95Ms }) => p95Ms),
          ),
          less(
            'from the URL to the whole matrix',
            'ms',
            found.map(({ firstPictureMs }) => firstPictureMs),
          ),
        ],
      });
    }
    tables.push(looksTable(rounds, quick));
    return { tables, notes: ['headless Chromium without a GPU; 60 frames a second are 16.7 ms each'] };
  } finally {
    built.remove();
  }
}

export const dashboardBenchmark: Benchmark = {
  name: 'dashboard',
  summary:
    'frames of the matrix of the dashboard at 100 and 1,000 nodes, in headless Chromium; a look of the live state',
  rounds: 3,
  run,
};
