// A node that follows the keys that configs are signed with, by the rules by which agents do.

import { decodeBase64, encodeBase64, parseMeshId } from '@mesh/primitives';
import {
  type ConfigKeyTrust,
  type ConfigOrNotice,
  followKeyLists,
  isRemovalNotice,
  keysTrustedAt,
  listMadeAtMs,
  trustKey,
  trustList,
  verifyConfig,
  verifyMessage,
} from '@mesh/protocol';
import type { TestNode } from './index.ts';

interface Answer {
  readonly body: ConfigOrNotice;
  readonly raw: object;
}

export class ConfigKeyReader {
  readonly node: TestNode;
  trust: ConfigKeyTrust;

  constructor(node: TestNode) {
    const { config_key_list: list, config_public_key: key } = node.enrolment;
    this.node = node;
    this.trust = list === undefined ? trustKey(decodeBase64(key)) : trustList(list);
  }

  /** Asks as an agent that has stored what it trusts. */
  ask(query: { version?: string; waitSeconds?: number } = {}): Promise<Answer | undefined> {
    const { client, instanceId } = this.node;
    return client.configOrNotice({ instanceId, configKeyListMs: listMadeAtMs(this.trust), ...query });
  }

  /**
   * Checks an answer and takes over the keys that it leads to.
   * @returns the key that has signed it, base64; undefined if it is not to be trusted
   */
  take({ body, raw }: Answer): string | undefined {
    const meshId = parseMeshId('testmesh');
    const lists = isRemovalNotice(body) ? [] : (body.config_key_lists ?? []);
    const trust = followKeyLists(this.trust, lists, meshId);
    const key =
      trust &&
      keysTrustedAt(trust, body.server_time_ms).find((one) =>
        isRemovalNotice(body) ? verifyMessage('removal_notice', raw, one) : verifyConfig(raw, one, meshId),
      );
    if (trust === undefined || key === undefined) return undefined;
    this.trust = trust;
    return encodeBase64(key);
  }

  /** Asks for the whole config and takes it. @returns the key that has signed it */
  async read(): Promise<string | undefined> {
    const answer = await this.ask();
    if (answer === undefined) throw new Error('a config was to come');
    return this.take(answer);
  }
}
