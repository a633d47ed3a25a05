// One host of the lab: a network namespace and a mount namespace, held open by a small shell process. Its
// /run is a private tmpfs, because all hosts would otherwise share WireGuard's userspace sockets in
// /run/wireguard. Nothing gets a name in the file system: when the holder and the processes inside end, the
// kernel removes everything.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { END_NAMESPACE } from '@mesh/host/test-kit';
import { LabError } from './lab-error.ts';
import { LAB_MARK, networkNamespaceOf, signalAll } from './lab-processes.ts';
import { withSystemDirectories } from './system-path.ts';

// The holder waits on a pipe from its owner. When the owner dies, however it dies, the pipe closes and the
// holder kills what is left in its namespace: a lab outlives its owner by milliseconds.
const HOLDER = `
set -e
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -m 0700 /run/wireguard
[ -d /var/run/wireguard ] || mount --bind /run /var/run
ip link set lo up
echo ready
read -r _ || :
${END_NAMESPACE}
exit 0`;

export interface ExecOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Text for standard input, which is empty otherwise. */
  input?: string;
  /** Killed and rejected after this time. Default 30 s. */
  timeoutMs?: number;
  /** Resolve even if the command exits with a code other than 0. */
  allowFailure?: boolean;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export class NodeNamespace {
  readonly name: string;
  /** Process id of the holder: `nsenter -t PID -n -m` is a shell on this host. */
  readonly pid: number;
  /** `net:[inode]`, as in /proc/PID/ns/net. */
  readonly networkNamespace: string;
  readonly #holder: ChildProcess;
  readonly #mark: string;
  readonly #exited: Promise<void>;

  private constructor(
    name: string,
    mark: string,
    holder: ChildProcess,
    pid: number,
    networkNamespace: string,
  ) {
    this.name = name;
    this.pid = pid;
    this.networkNamespace = networkNamespace;
    this.#holder = holder;
    this.#mark = mark;
    this.#exited = new Promise((resolve) => holder.once('exit', () => resolve()));
  }

  /** Starts the holder and resolves once its namespaces and its private /run exist. */
  static async open(name: string, mark: string): Promise<NodeNamespace> {
    const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', HOLDER, `mesh-lab-${name}`], {
      env: labEnvironment(mark),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // an interrupt from the terminal reaches the owner, which then ends the lab in order
    });
    let stderr = '';
    holder.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) =>
        reject(
          new LabError(
            'unavailable',
            `host ${name} could not be made: ${why}; probeLab() says what is missing`,
          ),
        );
      holder.once('error', (error) => fail(error.message));
      holder.once('exit', () => fail(stderr.trim()));
      holder.stdout.once('data', () => resolve());
    });
    const pid = holder.pid ?? 0;
    const networkNamespace = networkNamespaceOf(pid);
    if (networkNamespace === undefined)
      throw new LabError('unavailable', `host ${name} ended at once: ${stderr}`);
    // An idle lab does not keep the event loop alive.
    holder.unref();
    for (const pipe of [holder.stdin, holder.stdout, holder.stderr]) {
      if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
    }
    return new NodeNamespace(name, mark, holder, pid, networkNamespace);
  }

  /** Starts a process on this host; signals sent to the child reach the command itself. */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    return this.#enter('exec "$@"', command, args, options);
  }

  /**
   * Runs a command on this host to its end.
   * @throws LabError `command_failed` (unless `allowFailure`), `timed_out`.
   */
  async exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<ExecResult> {
    const { timeoutMs = 30_000, allowFailure = false, input, cwd, env } = options;
    const line = `${[command, ...args].join(' ')} on ${this.name}`;
    // Node's own pipes are sockets, which cannot be opened again as /dev/stdin
    // (`wg set … private-key /dev/stdin`).
    const run = input === undefined ? 'exec "$@"' : 'cat | "$@"';
    // A separate process group, so that a time-out ends the command with everything that it started.
    const child = this.#enter(run, command, args, { cwd, env, detached: true, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    child.stdin?.on('error', () => undefined); // a command may end before it has read its input
    child.stdin?.end(input ?? '');

    let isTimedOut = false;
    const timer = setTimeout(() => {
      isTimedOut = true;
      if (child.pid !== undefined) signalAll([-child.pid], 'SIGKILL');
    }, timeoutMs);
    const end = await new Promise<number | string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    }).finally(() => clearTimeout(timer));

    if (isTimedOut) throw new LabError('timed_out', `${line}: no end within ${timeoutMs} ms`);
    if (typeof end === 'number' && (end === 0 || allowFailure)) return { exitCode: end, ...output };
    throw new LabError(
      'command_failed',
      `${line}: exit ${end}: ${output.stderr.trim() || output.stdout.trim()}`,
    );
  }

  /** `nsenter` and the shell both exec, so the process id stays that of `run`. */
  #enter(run: string, command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const cwd = options.cwd === undefined ? process.cwd() : String(options.cwd);
    // Entering a mount namespace changes to its root, so the shell changes back to the caller's folder.
    const shell = ['sh', '-c', `cd "$0" && ${run}`, cwd, command, ...args];
    const env = labEnvironment(this.#mark, options.env);
    return spawn('nsenter', ['-t', String(this.pid), '-n', '-m', ...shell], { ...options, env });
  }

  /**
   * Ends the holder. The processes inside must have ended before, or they would keep the namespaces alive.
   */
  async close(): Promise<void> {
    this.#holder.stdin?.end();
    this.#holder.ref();
    await this.#exited;
  }
}

/** The environment of everything that runs on a host: it carries the lab's mark. */
function labEnvironment(mark: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, [LAB_MARK]: mark, PATH: withSystemDirectories(env.PATH) };
}
