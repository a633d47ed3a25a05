// What a program did to the files below a folder, read from what strace wrote down.

/** Paths are relative to the folder; '' is the folder itself. */
export type DiskEvent =
  | { readonly kind: 'create'; readonly path: string }
  | { readonly kind: 'mkdir'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  /** Of a file, or of a folder. */
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'link'; readonly path: string; readonly to: string };

/**
 * The calls that change what is on a disk. The last line cannot be replayed: a program that makes such a call
 * below the folder is refused.
 */
export const TRACED_CALLS = [
  ...['open', 'openat', 'creat', 'pwrite64', 'write', 'fsync', 'fdatasync', 'ftruncate', 'mkdir', 'mkdirat'],
  ...['unlink', 'unlinkat', 'rmdir', 'rename', 'renameat', 'renameat2', 'link', 'linkat'],
  ...['writev', 'pwritev', 'pwritev2', 'truncate', 'fallocate', 'copy_file_range', 'sendfile', 'symlink'],
] as const;

/** Arguments of strace, before the program. Calls are written with all their bytes, in hexadecimal. */
export const straceArguments = (file: string): string[] => [
  ...['--seccomp-bpf', '-f', '-qq', '-y', '-xx', '-s', String(2 ** 26), '-o', file],
  ...['-e', `trace=${TRACED_CALLS.join(',')}`, '-e', 'signal=none'],
];

const LINE = /^(\d+) +(.*)$/s;
const UNFINISHED = / <unfinished \.\.\.>$/;
const RESUMED = /^<\.\.\. \w+ resumed>(.*)$/s;
const CALL = /^(\w+)\((.*)\) += (-?\d+)(<[^>]*>)?/s;

/**
 * @param log what strace wrote with {@link straceArguments}
 * @param folder its real path
 * @throws Error for a call below the folder that cannot be replayed
 */
export function readDiskEvents(log: string, folder: string): DiskEvent[] {
  const reader = new EventReader(folder);
  const unfinished = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, thread = '', rest = ''] = LINE.exec(line) ?? [];
    const resumed = RESUMED.exec(rest)?.[1];
    if (UNFINISHED.test(rest)) unfinished.set(thread, rest.replace(UNFINISHED, ''));
    else reader.take(resumed === undefined ? rest : `${unfinished.get(thread) ?? ''}${resumed}`);
  }
  return reader.events;
}

class EventReader {
  readonly events: DiskEvent[] = [];
  readonly #folder: string;
  /** Where `write` goes on, by the number of the open file. */
  readonly #positions = new Map<string, number>();
  readonly #files = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  take(text: string): void {
    const [, call, args = '', result = ''] = CALL.exec(text) ?? [];
    if (call === undefined || result.startsWith('-')) return;
    const paths = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => bytesOf(hex));
    const [, number = '', open] = /^(\d+)<((?:\\x[0-9a-f]{2})*)>/.exec(args) ?? [];
    const named = paths.map((bytes) => this.#below(bytes.toString()));
    const held = open === undefined ? undefined : this.#below(bytesOf(open).toString());
    switch (call) {
      case 'open':
      case 'openat':
      case 'creat':
        this.#open(named[0], args, result);
        break;
      case 'mkdir':
      case 'mkdirat':
        if (named[0] !== undefined) this.events.push({ kind: 'mkdir', path: named[0] });
        break;
      case 'unlink':
      case 'unlinkat':
      case 'rmdir':
        this.#unlink(named[0]);
        break;
      case 'rename':
      case 'renameat':
      case 'renameat2':
        this.#move('rename', named);
        break;
      case 'link':
      case 'linkat':
        this.#move('link', named);
        break;
      default:
        if (held !== undefined) this.#change(held, call, { number, args, bytes: paths[0] });
        else if (named.some((path) => path !== undefined)) throw notReplayed(call);
    }
  }

  /** What is done to an open file or folder. */
  #change(path: string, call: string, { number, args, bytes }: OpenFile): void {
    const last = Number(/, (\d+)$/.exec(args)?.[1]);
    switch (call) {
      case 'write':
        this.#write(path, number, bytes);
        break;
      case 'pwrite64':
        this.events.push({ kind: 'write', path, offset: last, bytes: new Uint8Array(bytes ?? []) });
        break;
      case 'ftruncate':
        this.events.push({ kind: 'truncate', path, size: last });
        break;
      case 'fsync':
      case 'fdatasync':
        this.events.push({ kind: 'sync', path });
        break;
      default:
        throw notReplayed(call);
    }
  }

  #unlink(path: string | undefined): void {
    if (path === undefined) return;
    this.#files.delete(path);
    this.events.push({ kind: 'unlink', path });
  }

  #open(path: string | undefined, args: string, number: string): void {
    this.#positions.set(number, 0);
    if (path === undefined || !args.includes('O_CREAT')) return;
    if (args.includes('O_APPEND')) throw new Error(`${path} is opened to append: it cannot be replayed yet`);
    if (!this.#files.has(path)) this.events.push({ kind: 'create', path });
    else if (args.includes('O_TRUNC')) this.events.push({ kind: 'truncate', path, size: 0 });
    this.#files.add(path);
  }

  #write(path: string, number: string, bytes: Buffer = Buffer.alloc(0)): void {
    const offset = this.#positions.get(number) ?? 0;
    this.#positions.set(number, offset + bytes.length);
    this.events.push({ kind: 'write', path, offset, bytes: new Uint8Array(bytes) });
  }

  #move(kind: 'rename' | 'link', [path, to]: readonly (string | undefined)[]): void {
    if (path === undefined && to === undefined) return;
    if (path === undefined || to === undefined)
      throw new Error(`${kind} out of the folder or into it: it cannot be replayed`);
    if (kind === 'rename') this.#files.delete(path);
    this.#files.add(to);
    this.events.push({ kind, path, to });
  }

  /** The path from the folder; undefined if it is not below it, or if the file is deleted already. */
  #below(path: string): string | undefined {
    if (path.endsWith(' (deleted)')) return undefined;
    if (path === this.#folder) return '';
    return path.startsWith(`${this.#folder}/`) ? path.slice(this.#folder.length + 1) : undefined;
  }
}

interface OpenFile {
  /** Of the open file. */
  readonly number: string;
  /** The call's arguments, as strace writes them. */
  readonly args: string;
  readonly bytes: Buffer | undefined;
}

const notReplayed = (call: string) => new Error(`${call} below the folder: it cannot be replayed yet`);

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');
