// Prints the demo's story: one line for each event, with the time since the start. With --json it prints
// nothing.

import colors from 'picocolors';

export interface Story {
  chapter(text: string): void;
  say(text: string): void;
  good(text: string): void;
  bad(text: string): void;
  /** Prints a line that the next one overwrites. Only on a terminal. */
  progress(text: string): void;
}

export function createStory(silent: boolean): Story {
  const startedAt = performance.now();
  const isTerminal = process.stdout.isTTY === true;
  let open = false;
  const line = (text: string) => {
    if (silent) return;
    if (open) process.stdout.write('\r\x1b[2K');
    open = false;
    process.stdout.write(`${text}\n`);
  };
  const stamp = () => colors.dim(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`);
  return {
    chapter: (text) => line(`\n${colors.bold(text)}`),
    say: (text) => line(`${stamp()}  ${text}`),
    good: (text) => line(`${stamp()}  ${colors.green('✓')} ${text}`),
    bad: (text) => line(`${stamp()}  ${colors.red('✗')} ${text}`),
    progress: (text) => {
      if (silent || !isTerminal) return;
      process.stdout.write(`\r\x1b[2K${stamp()}  ${colors.dim(text)}`);
      open = true;
    },
  };
}
