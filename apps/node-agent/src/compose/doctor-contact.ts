// How `mesh-agent doctor` reaches the controller: as the member that this node is, or as one that is about to
// enrol.

import { lookup } from 'node:dns/promises';
import { fetchCaWithPin, systemClock } from '@mesh/host';
import { createNodeClient, createPublicClient } from '@mesh/protocol';
import { type IpAddress, parseIpAddress } from '@mesh/wg';
import { type Contact, contactController, contactFailure } from '../doctor/contact-controller.ts';
import { checkControllerUrl } from '../identity/enrol.ts';
import type { MemberView } from '../identity/open-member.ts';
import { connectWith, enrolPorts } from './connections.ts';

const TIMEOUT_MS = 10_000;
const PORTS = { clock: systemClock, timeoutMs: TIMEOUT_MS };

/** @param pins of the CAs that the join token names; empty without a token */
export async function tryController(
  member: MemberView | undefined,
  controllerUrl: string | undefined,
  pins: readonly string[],
): Promise<Contact> {
  if (member !== undefined) return tryAsMember(member);
  if (controllerUrl === undefined || pins.length === 0)
    return {
      kind: 'none',
      message:
        'this node is not enrolled: give --controller and --token-file to try the controller before mesh-agent enrol',
    };
  return tryWithPins(controllerUrl, pins);
}

async function tryAsMember({ keys, enrolment }: MemberView): Promise<Contact> {
  const { nodes_url: baseUrl, node_id } = enrolment;
  const connection = connectWith(keys.identity)(enrolment);
  try {
    return await contactController(
      connection.fetch,
      (fetch, signal) => createNodeClient({ baseUrl, fetch }, node_id).epoch(signal),
      `${baseUrl} answers, and is of this mesh`,
      PORTS,
    );
  } finally {
    connection.close();
  }
}

async function tryWithPins(controllerUrl: string, pins: readonly string[]): Promise<Contact> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  let baseUrl: string;
  let caPem: string;
  try {
    baseUrl = checkControllerUrl(controllerUrl);
    caPem = await fetchCaWithPin(baseUrl, pins, { signal });
  } catch (error) {
    return contactFailure(error, signal.aborted ? TIMEOUT_MS : undefined);
  }
  const connection = enrolPorts.connect(caPem);
  try {
    return await contactController(
      connection.fetch,
      (fetch, askSignal) => createPublicClient({ baseUrl, fetch }).health(askSignal),
      `${baseUrl} answers, and has the CA that the token pins`,
      PORTS,
    );
  } finally {
    connection.close();
  }
}

/** @returns none if the name is not known or cannot be resolved, which the contact reports */
export async function controllerAddresses(
  member: MemberView | undefined,
  controllerUrl: string | undefined,
): Promise<IpAddress[]> {
  const url = URL.parse(member?.enrolment.nodes_url ?? controllerUrl ?? '');
  if (url === null) return [];
  // A URL writes an IPv6 address in brackets.
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => parseIpAddress(address));
}
