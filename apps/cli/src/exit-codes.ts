// How meshctl ends, for scripts: one number for each kind of answer to "what should I do now?".

export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const EXIT_CODES_HELP = `
Exit codes:
  0  done
  1  the controller refused: what it says is on standard error
  2  wrong usage, a file that cannot be written, or a question that was not answered
  3  the controller cannot be reached, or did not answer as one: the request may or may not have been carried out`;
