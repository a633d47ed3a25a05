// Names a measured service in messages.

/** The URL without user, password and query, which may be secret. */
export function serviceNameOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
