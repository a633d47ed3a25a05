// Looks for keys in texts that must not hold any.

/** The parts of a key, in base64 or hex, that occur in a text. */
export function findSecret(text: string, base64: string): string[] {
  const hex = Buffer.from(base64, 'base64').toString('hex');
  return [base64.slice(0, 20), base64.slice(20, 40), hex.slice(0, 24), hex.slice(24, 48)].filter((part) =>
    text.includes(part),
  );
}

export function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n');
}
