// Makes a secret at the controller and hands it out once: into a new file, or alone on standard output.

import { renderFields } from '../output/table.ts';
import type { Session } from '../session/session.ts';
import { explainUnsaved, openSecretOut } from './open-secret-out.ts';

export interface SecretKind<Name extends string, Answer> {
  /** What it is called, and the field of the answer that holds it. */
  readonly name: Name;
  readonly make: () => Promise<Answer>;
  /** What people are told about it, without the secret. @param file where it is, or `FILE` */
  readonly describe: (answer: Answer, file: string) => string;
}

/**
 * @param out the new file; undefined for standard output
 * @throws CliError `usage` if the file cannot be made or written
 */
export async function handOutSecret<Name extends string, Answer extends Record<Name, string>>(
  { name, make, describe }: SecretKind<Name, Answer>,
  out: string | undefined,
  session: Session,
): Promise<void> {
  if (out === undefined) {
    const answer = await make();
    // Only the secret goes to standard output, so that it can be piped. Information for people goes to
    // standard error.
    session.result(answer, () => `${answer[name]}\n`);
    if (!session.json) session.ports.writeError(describe(answer, 'FILE'));
    return;
  }
  // The file is made first, so that a secret that cannot be stored is never made.
  const file = openSecretOut(out, session.ports);
  const answer = await make().catch((error: unknown) => {
    file.discard();
    throw error;
  });
  try {
    file.save(`${answer[name]}\n`);
  } catch (error) {
    throw explainUnsaved(`the ${name}`, out, error);
  }
  const { [name]: _secret, ...rest } = answer;
  session.result({ ...rest, [`${name}_file`]: out }, () =>
    [renderFields([[`${name} file`, out]]), describe(answer, out)].join(''),
  );
}
