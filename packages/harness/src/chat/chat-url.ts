// Where a chat service takes questions, from as much of its address as the user wrote down.

import { completeUrl } from '../complete-url.ts';
import type { ChatApi } from './chat-api.ts';

const LAST_IS_VERSION = /\/v\d+[a-z0-9]*$/;

/**
 * Completes a base URL. It appends `/v1/chat/completions` to no path or a proxy's path, `/chat/completions`
 * to a version (`/v1`, `/api/v4`), and nothing to a whole path. Trailing slashes do not count. Query and user
 * are kept, a fragment is not. For Anthropic the last parts are `/v1/messages`, for Ollama `/api/chat`.
 *
 * @throws TypeError if the base is not a URL
 */
export function completeChatUrl(base: string, api: ChatApi = 'openai'): string {
  return completeUrl(base, (path) => missingPath(path, api)).href;
}

function missingPath(path: string, api: ChatApi): string {
  if (api === 'ollama') {
    if (path.endsWith('/api/chat')) return '';
    return path.endsWith('/api') ? '/chat' : '/api/chat';
  }
  const last = api === 'anthropic' ? '/messages' : '/chat/completions';
  if (path.endsWith(last)) return '';
  return LAST_IS_VERSION.test(path) ? last : `/v1${last}`;
}
