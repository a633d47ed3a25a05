// The test kit: a controller and nodes for tests, benchmarks and end-to-end runs.

export { waitUntil as until } from '@mesh/host/test-kit';
export { type ConfigModel, modelAfterNotice, modelOf } from './config-model.ts';
export { NodeKem, type OpenedAnswer, type OpenedDelta, type OpenedFull, openKeys } from './node-kem.ts';
export { keysFrom, type NodeKeys } from './node-keys.ts';
export {
  type ConfigInput,
  startTestController,
  TestController,
  testConfig,
} from './start-controller.ts';
export { enrolmentRequest, enrolTestNode, TestNode } from './test-node.ts';
export { freezeNextEpoch, openNextEpoch } from './wait-for-epochs.ts';
