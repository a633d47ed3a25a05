// Puts one question to a chat service and reads its answer.

import {
  buildChatRequest,
  type ChatApi,
  chatHeaders,
  MAX_CHAT_RESPONSE_BYTES,
  MAX_CHAT_STREAM_BYTES,
  readChat,
} from '@mesh/harness';
import type { Timers } from '@mesh/host';
import { askPatiently } from './ask-patiently.ts';
import type { ServiceAccess } from './service-access.ts';

/** A chat service, and how it is asked. */
export interface ChatAccess extends ServiceAccess {
  /** The address of this machine to ask from; by default the system chooses it. */
  readonly localAddress?: string;
  readonly api: ChatApi;
  /** Whether its answers come as a stream. */
  readonly stream: boolean;
  readonly model: string;
  /** Merged over the fields of each request. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * @param leftMs the time that asking and waiting may still take
 * @returns the text of the answer, without reasoning
 * @throws MeasurementError as `askService` does; HarnessError `invalid_answer`
 */
export async function askChat(
  access: ChatAccess,
  { system, prompt }: { readonly system?: string | undefined; readonly prompt: string },
  leftMs: () => number,
  timers: Timers,
): Promise<string> {
  const { url, apiKey, caPem, localAddress, timeoutMs, api, stream, model, fields } = access;
  const body = await askPatiently(
    {
      url,
      headers: chatHeaders(api, apiKey),
      body: JSON.stringify(buildChatRequest({ api, model, system, prompt, stream, fields })),
      caPem,
      localAddress,
      maxBytes: stream ? MAX_CHAT_STREAM_BYTES : MAX_CHAT_RESPONSE_BYTES,
      timeoutMs,
      timers,
    },
    leftMs,
  );
  return readChat(api, body, stream).text;
}
