// A controller and nodes for tests, benchmarks and end-to-end runs.

export { type ConfigModel, modelOf } from './config-model.ts';
export { freezeNextEpoch, openNextEpoch, until } from './epochs.ts';
export {
  NodeKem,
  type OpenedAnswer,
  type OpenedDelta,
  type OpenedFull,
  openAnswer,
  openKeys,
} from './node-kem.ts';
export { certificateRequest, keysFrom, type NodeKeys, proveWgKey } from './node-keys.ts';
export {
  type ConfigInput,
  startTestController,
  TestController,
  type TestControllerOptions,
  testConfig,
} from './start-controller.ts';
export { type EnrolOptions, enrolmentRequest, enrolTestNode, TestNode } from './test-node.ts';
