// Where an OpenAI-compatible chat service takes questions, from as much of its address as somebody wrote down.

const LAST_IS_VERSION = /\/v\d+[a-z0-9]*$/;

/**
 * Completes a base URL: `/v1/chat/completions` after none or a path of a proxy, `/chat/completions` after a version
 * (`/v1`, `/api/v4`), nothing after a whole path. Slashes at its end do not count; query and user are kept, a fragment
 * is not.
 *
 * @throws TypeError where the base is no URL
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
