// How alike two texts are, by their character trigrams. No model, and the same on every machine.

const SIZE = 3;

/**
 * The Sørensen-Dice coefficient over the trigrams of both texts, each counted as often as it occurs: 1 for
 * the same text, 0 for texts without a common trigram. White space counts as one space. A text of fewer than
 * three characters is one gram.
 */
export function similarity(one: string, other: string): number {
  const [a, b] = [gramsOf(one), gramsOf(other)];
  let common = 0;
  for (const [gram, count] of a) common += Math.min(count, b.get(gram) ?? 0);
  const total = sizeOf(a) + sizeOf(b);
  return total === 0 ? 1 : (2 * common) / total;
}

function gramsOf(text: string): Map<string, number> {
  const characters = [...text.trim().replaceAll(/\s+/gu, ' ')];
  const grams = new Map<string, number>();
  const last = Math.max(characters.length - SIZE, 0);
  if (characters.length === 0) return grams;
  for (let at = 0; at <= last; at += 1) {
    const gram = characters.slice(at, at + SIZE).join('');
    grams.set(gram, (grams.get(gram) ?? 0) + 1);
  }
  return grams;
}

const sizeOf = (grams: ReadonlyMap<string, number>) =>
  [...grams.values()].reduce((sum, count) => sum + count, 0);
