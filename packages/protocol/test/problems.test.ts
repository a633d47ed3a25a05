import { describe, expect, it } from 'vitest';
import { PROBLEM_MEDIA_TYPE, ProblemError, parseProblem, problem, problemCodes } from '../src/index.ts';

// Clients branch on these: to change a number changes the protocol.
const STATUS: Record<string, number> = {
  invalid_request: 400,
  malformed_json: 400,
  invalid_message: 400,
  invalid_parameter: 400,
  mesh_mismatch: 400,
  node_mismatch: 400,
  unauthenticated: 401,
  forbidden: 403,
  node_unknown: 403,
  node_revoked: 403,
  bad_signature: 403,
  token_invalid: 403,
  token_binding: 403,
  officer_unknown: 403,
  officers_required: 403,
  possession_failed: 403,
  sign_in_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  sequence_replayed: 409,
  sequence_too_far: 409,
  instance_conflict: 409,
  enrolment_refused: 403,
  key_spent: 403,
  query_outstanding: 409,
  challenge_expired: 409,
  node_exists: 409,
  request_replayed: 409,
  request_stale: 409,
  too_few_signatures: 409,
  too_many_requests: 409,
  state_conflict: 409,
  length_required: 411,
  body_too_large: 413,
  unsupported_media_type: 415,
  clock_skew: 422,
  benchmark_stale: 422,
  benchmark_from_future: 422,
  request_early: 422,
  request_expired: 422,
  challenge_wrong: 422,
  attestation_wrong: 422,
  policy_refused: 422,
  rate_limited: 429,
  internal: 500,
  provider_unavailable: 502,
  storage_unavailable: 503,
  addresses_exhausted: 503,
  not_ready: 503,
};

describe('the catalogue', () => {
  it('holds these codes, no more and no fewer', () => {
    expect([...problemCodes].sort()).toEqual(Object.keys(STATUS).sort());
  });

  it.each(problemCodes)('%s: status, type, title, round trip', (code) => {
    const made = problem(code, 'what happened; what to do', { last_sequence: 7, errors: ['a', 'b'] });
    expect(made.status).toBe(STATUS[code]);
    expect(made.status).toBeGreaterThanOrEqual(400);
    expect(made.status).toBeLessThan(600);
    expect(made.type).toBe(`urn:aligned-mesh:problem:${code}`);
    expect(made.title).toMatch(/^[A-Z].*[^.]$/);
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(parseProblem(JSON.parse(JSON.stringify(made)))).toEqual(made);
  });

  it('the media type is that of RFC 9457', () => {
    expect(PROBLEM_MEDIA_TYPE).toBe('application/problem+json');
  });

  it('an extension cannot replace a standard member', () => {
    const made = problem('internal', 'broken', {
      status: 200,
      code: 'ok',
      type: 'x',
      detail: 'y',
      title: 'z',
    });
    expect(made).toEqual(problem('internal', 'broken'));
  });
});

describe('reading problem details', () => {
  const good = problem('rate_limited', 'slow down');

  it.each([
    ['null', null],
    ['a string', 'rate_limited'],
    ['an array', [good]],
    ['an empty object', {}],
    ['an unknown code', { ...good, code: 'coffee_break' }],
    ['a prototype key as code', { ...good, code: 'constructor' }],
    ['no detail', { ...good, detail: undefined }],
    ['a detail that is an object', { ...good, detail: { text: 'x' } }],
    ['a huge detail', { ...good, detail: 'x'.repeat(8193) }],
    ['a huge title', { ...good, title: 'x'.repeat(257) }],
    ['a status that is a string', { ...good, status: '429' }],
    ['a status of success', { ...good, status: 200 }],
    ['a status that is none', { ...good, status: 600 }],
    ['a fraction of a status', { ...good, status: 429.5 }],
  ])('%s is something else', (_what, body) => {
    expect(parseProblem(body)).toBeUndefined();
  });

  it('extensions of other forms are left out', () => {
    const odd = { nested: { a: 1 }, flag: true, nothing: null, list: [1], long: 'x'.repeat(1025) };
    expect(parseProblem({ ...good, ...odd, skew_ms: 31_000 })).toEqual({ ...good, skew_ms: 31_000 });
  });
});

describe('ProblemError', () => {
  it('has the problem and the time to wait', () => {
    const error = new ProblemError(problem('storage_unavailable', 'the disk is full'), 5);
    expect(error).toMatchObject({ name: 'ProblemError', retryAfterSeconds: 5 });
    expect(error.problem.code).toBe('storage_unavailable');
    expect(error.message).toBe('storage_unavailable: the disk is full');
  });

  it('has a message that cannot forge lines or move a cursor', () => {
    const error = new ProblemError(problem('internal', 'a\nb\u001b[2Jc\u202ed'));
    expect(error.message).toBe('internal: a\\u{a}b\\u{1b}[2Jc\\u{202e}d');
  });
});
