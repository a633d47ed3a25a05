// Counts members as witnesses of the log. Nodes cosign the heads that they have accepted; where that is
// required, a head is published when enough of them have. Until then only nodes are shown it.

import {
  ed25519CosignedMessage,
  type NoteSignature,
  parseNote,
  renderNote,
  type TileEdge,
  verifierKey,
} from '@mesh/audit';
import { LogField, type Logger } from '@mesh/host';
import type { NodeRecord } from '@mesh/membership';
import {
  concatBytes,
  decodeBase64,
  encodeBase64,
  type MeshId,
  type NodeId,
  uint64be,
} from '@mesh/primitives';
import { type LogCosignature, memberCosigner } from '@mesh/protocol';
import type { PublishedLog } from './published-log.ts';

/** Nodes cosign the head of their newest config, and up to one head a second follows that one. */
const MOST_HEADS = 64;
/** How far a node's time may be from the controller's. */
const MOST_SKEW_SECONDS = 600;

export interface MemberCosignaturesOptions {
  readonly meshId: MeshId;
  /** How many members have to cosign a head; 0 for none, and then cosignatures are not looked at. */
  readonly required: number;
  /** What nodes are shown. */
  readonly offered: Pick<PublishedLog, 'show'>;
  /** What everybody is shown. */
  readonly published: Pick<PublishedLog, 'show'>;
  /**
   * Stores a note that counts, before it is published. Throws the store's error. Called if any is required.
   */
  readonly keep: (note: string) => void;
  readonly isMember: (node: NodeRecord) => boolean;
  readonly verify: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

interface Offered {
  readonly edge: TileEdge;
  readonly rootHash: string;
  /** The text of the checkpoint. */
  readonly text: string;
  /** Once enough other witnesses have cosigned it. */
  note: string | undefined;
  readonly lines: Map<NodeId, NoteSignature>;
}

export class MemberCosignatures {
  readonly #options: MemberCosignaturesOptions;
  /** By size, the oldest first; none is smaller than what is published. */
  readonly #heads = new Map<number, Offered>();
  #publishedSize = 0;
  #isShort = false;

  constructor(options: MemberCosignaturesOptions) {
    this.#options = options;
  }

  /** How many members have cosigned the newest head, and how many have to. */
  status(): { readonly required: number; readonly newest: number } {
    const newest = [...this.#heads.values()].at(-1)?.lines.size ?? 0;
    return { required: this.#options.required, newest };
  }

  /** Shows nodes a signed head that is on disk, so that they cosign it. */
  offer(edge: TileEdge, note: string): void {
    const { required, offered } = this.#options;
    if (required === 0) return;
    offered.show(edge, note);
    this.#reportShortage();
    const rootHash = encodeBase64(edge.root());
    this.#heads.set(edge.size, {
      edge,
      rootHash,
      text: parseNote(note).text,
      note: undefined,
      lines: new Map(),
    });
    for (const size of this.#heads.keys()) if (this.#heads.size > MOST_HEADS) this.#heads.delete(size);
  }

  /** Takes a head that enough other witnesses have cosigned; perhaps again, with more cosignatures. */
  show(edge: TileEdge, note: string): void {
    const { required, offered, published } = this.#options;
    if (required === 0) {
      offered.show(edge, note);
      published.show(edge, note);
      return;
    }
    const head = this.#heads.get(edge.size);
    if (head === undefined) return;
    head.note = note;
    this.#publish(head);
  }

  /**
   * Takes what a node says to have cosigned. What does not count is dropped: a head that is not offered any
   * more or has enough cosignatures, a node that is out, a wrong time or signature.
   */
  take(node: NodeRecord, { size, root_hash, time, signature }: LogCosignature): void {
    const { required, isMember, verify, nowMs, meshId } = this.#options;
    const head = this.#heads.get(size);
    if (head === undefined || head.rootHash !== root_hash || head.lines.size >= required) return;
    if (head.lines.has(node.nodeId) || !isMember(node)) return;
    if (Math.abs(nowMs() / 1_000 - time) > MOST_SKEW_SECONDS) return;
    const publicKey = decodeBase64(node.identityKey, { lengthBytes: 32 });
    const bytes = decodeBase64(signature, { lengthBytes: 64 });
    if (!verify(bytes, ed25519CosignedMessage(head.text, time), publicKey)) return;
    const name = memberCosigner(meshId, node.nodeId);
    const { keyId } = verifierKey(name, 'ed25519-cosignature', publicKey);
    head.lines.set(node.nodeId, { name, keyId, signature: concatBytes(uint64be(time), bytes) });
    this.#publish(head);
  }

  #publish({ edge, note, lines }: Offered): void {
    const { required, published, keep, logger } = this.#options;
    if (note === undefined || lines.size < required || edge.size < this.#publishedSize) return;
    const { text, signatures } = parseNote(note);
    const cosigned = renderNote({ text, signatures: [...signatures, ...lines.values()] });
    try {
      keep(cosigned);
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'a cosigned head could not be stored and is not published');
      return;
    }
    this.#publishedSize = edge.size;
    published.show(edge, cosigned);
    // This one may get cosignatures of other witnesses yet.
    for (const size of this.#heads.keys()) if (size < edge.size) this.#heads.delete(size);
    if (this.#isShort) logger.info({ [LogField.size]: edge.size }, 'enough members cosign again');
    this.#isShort = false;
  }

  /** Once for each shortage: nearly all members report within seconds of a boundary. */
  #reportShortage(): void {
    if (this.#isShort || this.#heads.size < MOST_HEADS) return;
    this.#isShort = true;
    this.#options.logger.error(
      { [LogField.count]: this.status().newest },
      'too few members cosign: no new head of the log is published until log.required_member_cosignatures do',
    );
  }
}
