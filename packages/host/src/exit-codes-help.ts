// Writes the part of --help about exit codes, from the table that the program itself uses.

/**
 * The end of a help text: 0 for done, then each code with its meaning, in the order of `meanings`.
 * @param exitCodes the number of each kind of failure
 */
export function exitCodesHelp<Failure extends string>(
  exitCodes: Readonly<Record<NoInfer<Failure>, number>>,
  meanings: Readonly<Record<Failure, string>>,
): string {
  const lines = Object.entries<string>(meanings).map(
    ([failure, meaning]) => `  ${exitCodes[failure as Failure]}  ${meaning}`,
  );
  return ['\nExit codes:', '  0  done', ...lines].join('\n');
}
