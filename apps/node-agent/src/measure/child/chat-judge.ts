// A second chat service as judge, with a budget of questions of its own.

import { buildJudgePrompt, type Judge, readVerdict } from '@mesh/harness';
import type { Timers } from '@mesh/host';
import { askChat, type ChatAccess } from './ask-chat.ts';

export interface JudgeAccess extends ChatAccess {
  /** The most questions of one run; for what is left over the judge gives no verdict. */
  readonly maxQuestions: number;
}

/** @param leftMs the time that asking and waiting may still take */
export function createChatJudge(access: JudgeAccess, leftMs: () => number, timers: Timers): Judge {
  let asked = 0;
  return async (question) => {
    if (asked >= access.maxQuestions)
      throw new Error(`its budget of ${access.maxQuestions} questions is spent`);
    asked += 1;
    return readVerdict(await askChat(access, buildJudgePrompt(question), leftMs, timers));
  };
}
