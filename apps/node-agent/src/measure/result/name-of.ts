// How a measured service is named in messages.

/** The URL without user, password and query, which may be secret. */
export function nameOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
