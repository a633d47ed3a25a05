// The lab that the demo, the end-to-end tests and the benchmarks share: hosts on one machine with real
// WireGuard.

export { type Fault, withFaults } from '../faults/faults.ts';
export { type AgentLine, AgentLog } from './agent-log.ts';
export { buildDashboard, launchBrowser, openPage, type WatchedPage } from './browser.ts';
export { PERSONAS, type Persona } from './chat-personas.ts';
export { respond } from './chat-responder.ts';
export { type ChatRules, parseChatRules } from './chat-rules.ts';
export { type ChatService, type ChatServiceOptions, startChatService } from './chat-service.ts';
export { countLoss } from './count-loss.ts';
export { CpuWaits } from './cpu-waits.ts';
export { enterLab } from './enter-lab.ts';
export { type FaultClock, faultClock } from './fault-clock.ts';
export { LabError, type LabErrorCode } from './lab-error.ts';
export {
  type Finding,
  filesIn,
  findSpelled,
  type KnownSecret,
  notAtHome,
  openToOthers,
  type Place,
} from './leaks/find-spelled.ts';
export { controllerKeys, secretsOfMesh } from './leaks/mesh-secrets.ts';
export { processesBelow, processPlaces, type SeenProcess } from './leaks/running-processes.ts';
export { type Mesh, startMesh } from './mesh.ts';
export type { MeshNode } from './mesh-node.ts';
export type { MeshOptions } from './mesh-options.ts';
export { type MeshHost, MeshProcess } from './mesh-process.ts';
export { createLab, describeMissing, type Lab, type LabNode, type LabOptions } from './namespaces.ts';
export type { ExecOptions, ExecResult } from './node-namespace.ts';
export {
  type Meter,
  type Meters,
  type MetersOptions,
  SPARSE_RATE,
  startMeter,
  startMeters,
} from './packet-meter.ts';
export { pictureOf } from './pictures.ts';
export { type LabMode, type LabProbe, probeLab } from './probe-lab.ts';
export { type SlowPathOptions, slowPath } from './slow-path.ts';
export { type StaticTunnelsOptions, startStaticTunnels } from './static-tunnels.ts';
export {
  type PacketStats,
  type PacketWindow,
  type ReceivedPacket,
  type SentPacket,
  summarise,
} from './summarise-packets.ts';
export { type FloodOptions, type FloodResult, flood } from './udp-flood.ts';
export { type CutBy, type CutOptions, UNDERLAY_INTERFACE } from './underlay.ts';
export { until, within } from './until.ts';
export {
  type SessionSighting,
  type SessionWatch,
  type SurvivingSession,
  sessionsBeyond,
  watchSessions,
} from './wireguard-sessions.ts';
