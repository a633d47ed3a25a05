// Helpers that the tests of packages and apps share: `@mesh/host/test-kit`. They are not published.

export { dumpSchema } from '../../src/dump-schema.ts';
export { END_NAMESPACE } from './end-namespace.ts';
export { FakeClock, type FakeClockStart } from './fake-clock.ts';
export { everyNth, variants, whenInFull } from './in-full.ts';
export { programFile } from './program-file.ts';
export { injection, underStrace } from './under-strace.ts';
export { waitUntil } from './wait-until.ts';
