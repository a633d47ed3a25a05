// Injects something into system calls of a program, for tests of what it leaves behind.

/** Arguments of strace that inject something, for example `signal=KILL:when=2`, into one kind of call. */
export function injection(call: string, injected: string): string[] {
  return ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${injected}`];
}

/**
 * The start of a command line that runs a program under strace, which injects something into some calls.
 *
 * @param call the name of the call
 * @param injected for example `signal=KILL:when=2`
 */
export function underStrace(call: string, injected: string): string[] {
  // With a filter the kernel stops the program at these calls only, so that it starts several times faster.
  // But strace then delivers no signal.
  const filter = injected.includes('signal=') ? [] : ['--seccomp-bpf'];
  return ['strace', ...filter, '-f', '-qq', '-I', '2', ...injection(call, injected)];
}
