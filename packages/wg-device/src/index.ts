// Public names of @mesh/wg-device.

export {
  type ChooseTunnelOptions,
  type ChosenTunnel,
  chooseTunnel,
  type TunnelChoice,
} from './choose-tunnel.ts';
export { createDeviceTunnel, type DeviceTunnelParts } from './device/device-tunnel.ts';
export { createDryRunOverlayRoutes } from './dry-run/dry-run-overlay-routes.ts';
export { createDryRunTunnel } from './dry-run/dry-run-tunnel.ts';
export { type Forwarding, type GuardTable, TABLE_PREFIX, tableName } from './guard/guard-table.ts';
export type {
  GuardedPeer,
  GuardState,
  GuardWanted,
  LeaseGuard,
  Restrictions,
} from './guard/lease-guard.ts';
export {
  type GuardClock,
  type GuardNote,
  type GuardTimers,
  NftGuard,
  type NftGuardOptions,
} from './guard/nft-guard.ts';
export { createNoGuard } from './guard/no-guard.ts';
export { isSameService, type OnlyService, parseOnlyService, type ServiceEnd } from './guard/only-service.ts';
export { type PairLimit, parsePairLimit } from './guard/pair-limit.ts';
export { renderRemoval, renderWhole } from './guard/render-nft.ts';
export type { HostRules } from './host-rules/host-rules.ts';
export { NftHostRules } from './host-rules/nft-host-rules.ts';
export { createNoHostRules } from './host-rules/no-host-rules.ts';
export {
  HOST_TABLE_PREFIX,
  type HostTable,
  hostTableName,
  interfacesOfName,
  renderHostRules,
  renderHostRulesRemoval,
} from './host-rules/render-host-rules.ts';
export { type CollisionQuestion, findCollisions } from './linux/find-collisions.ts';
export { createInterfaceLock, type InterfaceLock } from './linux/interface-lock.ts';
export { createIpLink, type IpLink } from './linux/ip-link.ts';
export { createIpOverlayRoutes } from './linux/ip-overlay-routes.ts';
export type { RetryTimers } from './linux/retry.ts';
export { createRunCommand, type RunCommand, runOrThrow } from './linux/run-command.ts';
export { wayTo } from './linux/way-to.ts';
export { applyIfThere, createRunNft, findObstacle, type RunNft } from './nft/run-nft.ts';
export { sweepTables, type TableKind } from './nft/sweep-tables.ts';
export type { FoundRoute, LinkState } from './port/link-state.ts';
export type {
  ForeignRoute,
  OverlayRoutes,
  RouteLook,
  RouteSurvey,
  StrayRoute,
} from './port/overlay-routes.ts';
export type {
  NewPeer,
  PeerUpdate,
  PresharedKeyChange,
  Tunnel,
  TunnelUp,
  TunnelUpReport,
} from './port/tunnel.ts';
export { TunnelError, type TunnelErrorCode } from './port/tunnel-error.ts';
export {
  createSnapshot,
  type DeviceChanges,
  type DeviceSnapshot,
  type PeerChange,
  type PeerSettings,
  type PresharedKeySetting,
  type WgDevice,
} from './port/wg-device.ts';
export type { EnsuredInterface, WireguardInterface } from './port/wireguard-interface.ts';
export { createUapiTunnel } from './uapi/uapi-tunnel.ts';
export { createWgToolTunnel } from './wg-tool/wg-tool-tunnel.ts';
