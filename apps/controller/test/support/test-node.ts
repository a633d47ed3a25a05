// A test node that really enrols: CA by its pin, challenge, proofs, request, then mutual TLS. It signs its
// messages itself.

import { createTlsFetch, fetchCaWithPin, type NodeFetch } from '@mesh/host';
import {
  decodeBase64,
  defined,
  encodeBase64,
  encodeBase64Url,
  formatRfc3339,
  parseNodeId,
} from '@mesh/primitives';
import {
  type BenchmarkMessage,
  createNodeClient,
  createPublicClient,
  type EndpointMessage,
  type EnrolmentAnswer,
  type EnrolmentMessage,
  isRemovalNotice,
  type LeaveMessage,
  type NodeClient,
  parseJoinToken,
  signMessage,
} from '@mesh/protocol';
import type { SealSuite } from '@mesh/seal';
import { NodeKem, openAnswer } from './node-kem.ts';
import { certificateRequest, keysFrom, type NodeKeys, proveWgKey } from './node-keys.ts';
import type { TestController } from './start-controller.ts';

export interface EnrolOptions {
  readonly token?: string;
  readonly class?: string;
  /** The seed of the keys; by default the node's name. */
  readonly keySeed?: string;
  readonly advertise?: readonly string[];
  readonly listenPort?: number;
  /** Fields that replace those of the request before it is signed. */
  readonly override?: Partial<EnrolmentMessage>;
  /** The most connections at once. */
  readonly maxSockets?: number;
  /** The suite by which its keys are sealed; by default they are unsealed. */
  readonly sealing?: SealSuite;
}

/** The signed enrolment request of a node, for a new challenge. */
export async function enrolmentRequest(
  controller: TestController,
  nodeId: string,
  token: string,
  options: EnrolOptions = {},
): Promise<EnrolmentMessage> {
  const keys = keysFrom(options.keySeed ?? nodeId);
  const challenge = await controller.public.challenge();
  const proof = proveWgKey(keys, {
    nodeId,
    slot: 'a',
    challengeId: challenge.challenge_id,
    challengeKey: challenge.x25519_public_key,
  });
  return signMessage(
    'enrolment',
    {
      mesh_id: challenge.mesh_id,
      node_id: parseNodeId(nodeId),
      token,
      challenge_id: challenge.challenge_id,
      csr_pem: await certificateRequest(keys, nodeId),
      identity_key: encodeBase64(keys.identityKey),
      wg_public_keys: { a: encodeBase64(keys.wgPublic) },
      wg_proofs: { a: proof },
      endpoint: {
        listen_ports: { a: options.listenPort ?? 51_820 },
        advertise: [...(options.advertise ?? [])],
      },
      sent_at: formatRfc3339(Math.round(challenge.server_time_ms)),
      ...options.override,
    },
    keys.seed,
  ) as EnrolmentMessage;
}

export class TestNode {
  readonly controller: TestController;
  readonly nodeId: string;
  readonly keys: NodeKeys;
  readonly enrolment: EnrolmentAnswer;
  readonly instanceId: string;
  readonly #maxSockets: number;
  certificatePem: string;
  /** Oldest first. Every benchmark carries the last one. */
  readonly kems: NodeKem[] = [];
  readonly #sealing: SealSuite | undefined;
  #fetch: NodeFetch | undefined;
  #client: NodeClient | undefined;
  #lastSequence = 0;

  constructor(
    controller: TestController,
    nodeId: string,
    parts: {
      keys: NodeKeys;
      enrolment: EnrolmentAnswer;
      maxSockets?: number | undefined;
      sealing?: SealSuite | undefined;
    },
  ) {
    this.controller = controller;
    this.nodeId = nodeId;
    this.keys = parts.keys;
    this.enrolment = parts.enrolment;
    this.certificatePem = parts.enrolment.certificate_pem;
    this.instanceId = `instance-of-${nodeId}`.slice(0, 64).replaceAll('.', '-');
    this.#maxSockets = parts.maxSockets ?? 4;
    this.#sealing = parts.sealing;
    if (parts.sealing !== undefined) this.renewKem();
  }

  /**
   * Makes a new key, to which keys are sealed from the next benchmark on. The older ones can still open
   * configs.
   */
  renewKem(): void {
    this.kems.push(new NodeKem(this.#sealing));
  }

  /** Fetches over mutual TLS with kept connections. */
  get fetch(): NodeFetch {
    this.#fetch ??= createTlsFetch({
      ca: this.enrolment.ca_pem,
      cert: this.certificatePem,
      key: this.keys.keyPem,
      maxSockets: this.#maxSockets,
    });
    return this.#fetch;
  }
  get client(): NodeClient {
    this.#client ??= createNodeClient({ baseUrl: this.controller.nodesUrl, fetch: this.fetch }, this.nodeId);
    return this.#client;
  }

  /** A signed benchmark; `scores` may be just the overall one. */
  benchmark(
    scores: number | Record<string, number>,
    override: Partial<BenchmarkMessage> = {},
  ): BenchmarkMessage {
    const nowMs = Math.floor(this.controller.nowMs());
    const kem = this.kems.at(-1);
    return this.sign('benchmark', {
      timestamp: formatRfc3339(nowMs),
      sent_at: formatRfc3339(nowMs),
      suite_version: 'kit-1',
      sequence: this.nextSequence(),
      instance_id: this.instanceId,
      scores: typeof scores === 'number' ? { overall: scores } : scores,
      ...(kem === undefined ? {} : { kem_public_key: kem.publicKeyText }),
      ...override,
    }) as BenchmarkMessage;
  }
  submit(scores: number | Record<string, number>, override: Partial<BenchmarkMessage> = {}) {
    return this.client.submitBenchmark(this.benchmark(scores, override));
  }
  leave() {
    const sent_at = formatRfc3339(Math.floor(this.controller.nowMs()));
    return this.client.leave(
      this.sign('leave', {
        sequence: this.nextSequence(),
        sent_at,
        instance_id: this.instanceId,
      }) as LeaveMessage,
    );
  }
  endpoint(advertise: string[], listenPort = 51_820): EndpointMessage {
    return this.sign('endpoint', {
      sequence: this.nextSequence(),
      sent_at: formatRfc3339(Math.floor(this.controller.nowMs())),
      listen_ports: { a: listenPort },
      advertise,
    }) as EndpointMessage;
  }

  /** Adds mesh, node and signature. */
  sign(kind: Parameters<typeof signMessage>[0], body: object): object {
    return signMessage(
      kind,
      { mesh_id: this.enrolment.mesh_id, node_id: this.nodeId, ...body },
      this.keys.seed,
    );
  }
  nextSequence(): number {
    this.#lastSequence = Math.max(this.#lastSequence + 1, Math.floor(this.controller.nowMs()));
    return this.#lastSequence;
  }

  /** `body` with its keys opened, `raw` as it was received. */
  async config(
    query: { version?: string; waitSeconds?: number; instanceId?: string } = {},
    signal?: AbortSignal,
  ) {
    const answer = await this.client.config({ instanceId: this.instanceId, ...query }, signal);
    return answer === undefined ? undefined : { body: openAnswer(answer.body, this.kems), raw: answer.raw };
  }
  /** The same for an agent that takes removal notices. */
  async configOrNotice(
    query: { version?: string; waitSeconds?: number; instanceId?: string } = {},
    signal?: AbortSignal,
  ) {
    const answer = await this.client.configOrNotice({ instanceId: this.instanceId, ...query }, signal);
    if (answer === undefined) return undefined;
    const { body, raw } = answer;
    return isRemovalNotice(body)
      ? { kind: 'notice' as const, body, raw }
      : { kind: 'config' as const, body: openAnswer(body, this.kems), raw };
  }
  get configPublicKey(): Uint8Array {
    return decodeBase64(this.enrolment.config_public_key, { lengthBytes: 32 });
  }

  /** Makes new connections to the port on which the controller listens now. */
  reconnect(): void {
    this.close();
  }
  close(): void {
    this.#fetch?.close();
    this.#fetch = undefined;
    this.#client = undefined;
  }
}

/**
 * Enrols a node with a token from the administration socket. It checks the CA by the token's pin, as an agent
 * does.
 */
export async function enrolTestNode(
  controller: TestController,
  nodeId: string,
  options: EnrolOptions = {},
): Promise<TestNode> {
  const token = options.token ?? (await controller.token(defined({ class: options.class })));
  const pins = parseJoinToken(token).caPins.map(encodeBase64Url);
  const caPem = await fetchCaWithPin(controller.publicUrl, pins);
  const fetch = createTlsFetch({ ca: caPem });
  try {
    const request = await enrolmentRequest(controller, nodeId, token, options);
    const enrolment = await createPublicClient({ baseUrl: controller.publicUrl, fetch }).enrol(request);
    const keys = keysFrom(options.keySeed ?? nodeId);
    const { maxSockets, sealing } = options;
    return new TestNode(controller, nodeId, { keys, enrolment, maxSockets, sealing });
  } finally {
    fetch.close();
  }
}
