// How a measured service is named in what is said of it.

/** Without user, password and query, which may be secrets. */
export function nameOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
