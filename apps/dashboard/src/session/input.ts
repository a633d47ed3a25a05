// Whether somebody uses the page. Requests say so, and a session that nobody uses ends.

/** After this time without a key or a pointer, nobody is there. */
const AWAY_AFTER_MS = 60_000;

let lastInputMs = Number.NEGATIVE_INFINITY;

export function watchInput(page: Document): void {
  const note = () => {
    lastInputMs = performance.now();
  };
  note();
  for (const type of ['pointerdown', 'pointermove', 'keydown', 'wheel'])
    page.addEventListener(type, note, { capture: true, passive: true });
}

/** What a request says: the value of the header `mesh-dashboard`. */
export const currentUse = (): 'user' | 'page' =>
  performance.now() - lastInputMs < AWAY_AFTER_MS ? 'user' : 'page';
