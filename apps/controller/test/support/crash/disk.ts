// A disk on which files are written, and what it may hold after the power fails at any moment. Only what was
// synced is sure to be there: a file's bytes by a sync of the file, its name by a sync of its folder. Of
// everything else, each piece may be there or not.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DiskEvent } from './disk-events.ts';

/** A disk writes whole sectors. */
const SECTOR_BYTES = 512;

type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number };

/** A file or a folder, whatever its names. */
class Inode {
  readonly isFolder: boolean;
  /** What is on the disk for sure. */
  synced: Uint8Array = new Uint8Array(0);
  /** What may be, in order. */
  pending: Change[] = [];

  constructor(isFolder: boolean) {
    this.isFolder = isFolder;
  }
}

interface NameChange {
  readonly folder: string;
  readonly names: readonly { readonly path: string; readonly inode: Inode | undefined }[];
}

/** How much of what was not synced survives. */
export type Surviving =
  | { readonly kind: 'nothing' }
  /** As after `kill -9`, when the machine lives on. */
  | { readonly kind: 'everything' }
  /** Any sectors of any writes, and of each folder's changes any first ones. `random` gives 0 to 1. */
  | { readonly kind: 'some'; readonly random: () => number };

/** What a disk holds: the bytes of each file, and undefined for a folder. */
export type Image = ReadonlyMap<string, Uint8Array | undefined>;

export class Disk {
  readonly #names = new Map<string, Inode>([['', new Inode(true)]]);
  readonly #synced = new Map(this.#names);
  #pending: NameChange[] = [];

  /** @throws Error for a file that does not exist */
  apply(event: DiskEvent): void {
    switch (event.kind) {
      case 'create':
      case 'mkdir':
        this.#name(event.path, new Inode(event.kind === 'mkdir'));
        break;
      case 'unlink':
        this.#inode(event.path);
        this.#name(event.path, undefined);
        break;
      case 'link':
        this.#name(event.to, this.#inode(event.path));
        break;
      case 'rename':
        this.#rename(event.path, event.to);
        break;
      case 'write':
      case 'truncate':
        this.#inode(event.path).pending.push(event);
        break;
      case 'sync':
        this.#sync(event.path);
    }
  }

  image(surviving: Surviving): Image {
    const names = new Map(this.#synced);
    const stopped = new Set<string>();
    for (const change of this.#pending) {
      if (!survives(surviving)) stopped.add(change.folder);
      if (!stopped.has(change.folder)) applyNames(names, change);
    }
    const image = new Map<string, Uint8Array | undefined>();
    for (const [path, inode] of [...names].sort(([one], [other]) => (one < other ? -1 : 1))) {
      // A file whose folder is lost is lost with it.
      if (path !== '' && !image.has(folderOf(path))) continue;
      image.set(path, inode.isFolder ? undefined : bytesOf(inode, surviving));
    }
    return image;
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw new Error(`${path} does not exist: something was not recorded`);
    return inode;
  }

  #name(path: string, inode: Inode | undefined): void {
    this.#change({ folder: folderOf(path), names: [{ path, inode }] });
  }

  #rename(path: string, to: string): void {
    if (folderOf(path) !== folderOf(to)) throw new Error(`${path} moves to another folder: not modelled`);
    const inode = this.#inode(path);
    const names = [
      { path, inode: undefined },
      { path: to, inode },
    ];
    this.#change({ folder: folderOf(path), names });
  }

  #change(change: NameChange): void {
    applyNames(this.#names, change);
    this.#pending.push(change);
  }

  #sync(path: string): void {
    const inode = this.#inode(path);
    if (!inode.isFolder) {
      inode.synced = bytesOf(inode, { kind: 'everything' });
      inode.pending = [];
      return;
    }
    for (const change of this.#pending) if (change.folder === path) applyNames(this.#synced, change);
    this.#pending = this.#pending.filter(({ folder }) => folder !== path);
  }
}

function survives(surviving: Surviving): boolean {
  return surviving.kind === 'everything' || (surviving.kind === 'some' && surviving.random() < 0.5);
}

function applyNames(names: Map<string, Inode>, change: NameChange): void {
  for (const { path, inode } of change.names) {
    if (inode === undefined) names.delete(path);
    else names.set(path, inode);
  }
}

function bytesOf({ synced, pending }: Inode, surviving: Surviving): Uint8Array {
  if (surviving.kind === 'nothing' || pending.length === 0) return synced;
  const changes = pending.flatMap((change) => piecesOf(change, surviving));
  const ends = changes.map((change) => (change.kind === 'write' ? change.offset + change.bytes.length : 0));
  const file = new Uint8Array(Math.max(synced.length, ...ends));
  file.set(synced);
  let size = synced.length;
  for (const change of changes) {
    if (change.kind === 'write') {
      file.set(change.bytes, change.offset);
      size = Math.max(size, change.offset + change.bytes.length);
    } else {
      file.fill(0, change.size);
      size = change.size;
    }
  }
  return file.subarray(0, size);
}

/** What of a change survives. Of a write, whole sectors of the file do. */
function piecesOf(change: Change, surviving: Surviving): Change[] {
  if (surviving.kind !== 'some') return [change];
  const { random } = surviving;
  // Half of the changes are there or not as a whole.
  if (change.kind === 'truncate' || random() < 0.5) return random() < 0.5 ? [change] : [];
  const end = change.offset + change.bytes.length;
  const pieces: Change[] = [];
  for (let from = change.offset; from < end; ) {
    const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    const bytes = change.bytes.subarray(from - change.offset, to - change.offset);
    if (random() < 0.5) pieces.push({ kind: 'write', offset: from, bytes });
    from = to;
  }
  return pieces;
}

const folderOf = (path: string): string => {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
};

/** Writes an image below a folder, which is made. Only its owner can read it. */
export function layOut(image: Image, folder: string): void {
  for (const [path, bytes] of image) {
    if (bytes === undefined) mkdirSync(join(folder, path), { recursive: true, mode: 0o700 });
    else writeFileSync(join(folder, path), bytes, { mode: 0o600 });
  }
}
