// Where an OpenAI-compatible chat service takes questions, from as much of its address as the user wrote
// down.

const LAST_IS_VERSION = /\/v\d+[a-z0-9]*$/;

/**
 * Completes a base URL. It appends `/v1/chat/completions` to no path or a proxy's path, `/chat/completions`
 * to a version (`/v1`, `/api/v4`), and nothing to a whole path. Trailing slashes do not count. Query and user
 * are kept, a fragment is not.
 *
 * @throws TypeError if the base is not a URL
 */
export function completeChatUrl(base: string): string {
  const url = new URL(base);
  url.hash = '';
  let path = url.pathname;
  while (path.endsWith('/')) path = path.slice(0, -1);
  url.pathname = `${path}${missingPath(path)}`;
  return url.href;
}

function missingPath(path: string): string {
  if (path.endsWith('/chat/completions')) return '';
  return LAST_IS_VERSION.test(path) ? '/chat/completions' : '/v1/chat/completions';
}
