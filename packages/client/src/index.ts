// A typed client of a controller, for browsers and Node: administration, reading, and what anybody may ask.

export { MeshClientError } from './client-error.ts';
export {
  type Admin,
  type ConnectOptions,
  connectAdmin,
  connectPublic,
  connectReader,
  type Reader,
} from './connect.ts';
export { type FollowOptions, type FollowQuery, followLog } from './follow-log.ts';
export { isProblem, type ProblemOf } from './is-problem.ts';
export { eachExam, eachNode, eachToken, type PageOptions } from './pages.ts';
export { remembering } from './remembering.ts';
export { type RetryOptions, retrying } from './retrying.ts';
export { type WebFetch, type WebResponse, webTransport } from './web-transport.ts';
