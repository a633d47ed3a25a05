// The public names of @mesh/wg.

export { cidrCovers, cidrsOverlap } from './address-block.ts';
export { type Cidr, cidrAddress, isHostCidr, parseAllowedIp, parseCidr } from './cidr.ts';
export type { WgInterface, WgPeer } from './config-types.ts';
export { presharedKeyDigest, type WgDevicePeer, type WgDeviceState } from './device-state.ts';
export {
  type CurrentPeer,
  type DesiredPeer,
  type DiffOptions,
  diffPeers,
  type EndpointPolicy,
  type PeerDiff,
  type PeerUpdate,
} from './diff-peers.ts';
export {
  checkEndpoint,
  type Endpoint,
  formatEndpoint,
  type LearntEndpoint,
  parseEndpoint,
} from './endpoint.ts';
export { WgError, type WgErrorCode } from './errors.ts';
export {
  type InterfaceName,
  type InterfaceSlot,
  MAX_INTERFACE_NAME_LENGTH,
  MAX_SLOTTED_NAME_LENGTH,
  parseInterfaceName,
  parseSlottedInterfaceName,
  slotInterfaceName,
} from './interface-name.ts';
export {
  formatIpBytes,
  type IpAddress,
  isIpAddress,
  parseIpAddress,
  parseIpBytes,
  parseReportedIpAddress,
} from './ip-address.ts';
export { IP_ADDRESS_BITS, IP_FAMILIES, type IpFamily, ipFamily, joinHostPort } from './ip-family.ts';
export {
  clampWgPrivateKey,
  parseWgPresharedKey,
  parseWgPrivateKey,
  parseWgPublicKey,
  WG_KEY_LENGTH_BYTES,
  type WgKeyKind,
  type WgKeyKinds,
  type WgPresharedKey,
  type WgPrivateKey,
  type WgPublicKey,
  wgKeyFromBytes,
  wgKeyToBytes,
  wgPublicKeyFromPrivate,
  type X25519PublicKeyOf,
} from './keys.ts';
export { parseConfig } from './parse-config.ts';
export { parseWgDump } from './parse-dump.ts';
export { type PathHealth, type ProbedPath, pathHealth } from './path-health.ts';
export { renderConfig } from './render-config.ts';
export { RESPONDER_DELAY_MS, type RotationRole, rotationRole } from './rotation-role.ts';
export { sameCidrs } from './same-cidrs.ts';
export { slotOfEpoch } from './slot-of-epoch.ts';
export {
  FIRST_HANDSHAKE_WITHIN_MS,
  type HandshakeHealth,
  type HandshakeObservation,
  handshakeHealth,
  SESSION_LIFETIME_MS,
} from './tunnel-health.ts';
export { parseUapiGet, parseUapiSetAnswer } from './uapi-get.ts';
export {
  renderUapiSet,
  type UapiPeerAddition,
  type UapiPeerChange,
  type UapiPeerRemoval,
  type UapiPeerUpdate,
  type UapiSet,
  uapiSetOfDiff,
} from './uapi-set.ts';
export { isUsableUnderlay } from './underlay.ts';
