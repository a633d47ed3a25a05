// The catalogue of problems: for each code its status, its title and its remedy. Codes do not change.

/** Status, title, and what to do about it. */
export const problemCatalogue = {
  invalid_request: [
    400,
    'The path or the Host header of the request is not valid',
    'Send a path without a backslash, and a Host header that names a host.',
  ],
  malformed_json: [
    400,
    'The body is not strict JSON',
    'Send one JSON text in UTF-8, without duplicate keys and with finite numbers.',
  ],
  invalid_message: [
    400,
    'The message does not have the form that is asked for',
    'Compare the body with its schema: `errors` names the fields that do not fit.',
  ],
  invalid_parameter: [
    400,
    'A query parameter is not valid',
    'Correct the parameter of the query that the detail names.',
  ],
  mesh_mismatch: [
    400,
    'The message names another mesh',
    'Send the message to the controller of the mesh that it names.',
  ],
  node_mismatch: [
    400,
    'The message, the path and the certificate name different nodes',
    'Use one node id in the path, in the message and for the certificate.',
  ],
  unauthenticated: [
    401,
    'No valid client certificate or key was presented',
    'Present a client certificate or an API key that has not ended.',
  ],
  forbidden: [
    403,
    'The role of the caller does not allow this',
    'Use a key or a certificate with the role that `least_role` names.',
  ],
  node_unknown: [403, 'This node is not enrolled here', 'Enrol the node with a new join token.'],
  node_revoked: [
    403,
    'This node has been revoked',
    'A revoked node does not come back: enrol the host under another name and with new keys.',
  ],
  bad_signature: [
    403,
    'The signature does not verify',
    'Sign the body as it is sent, as the right kind of message and with the key that is enrolled.',
  ],
  token_invalid: [
    403,
    'The join token is unknown, expired or spent',
    'Ask the operator for a new join token.',
  ],
  sign_in_refused: [
    403,
    'The sign-in by OpenID Connect was refused',
    'The detail says what was wrong: begin again, or ask for one of the groups that it names.',
  ],
  token_binding: [
    403,
    'The join token is bound to another node',
    'Use the token for the node that it names, or ask the operator for another one.',
  ],
  enrolment_refused: [
    403,
    'The rules for enrolments of this mesh do not let the node in',
    'Ask the operator to change the list of nodes, the cap of the class or that of the address.',
  ],
  key_spent: [
    403,
    'A key was named that no node may have again',
    'Make new keys and send the request again.',
  ],
  officers_required: [
    403,
    'This needs the signatures of officers',
    'Make the request that the detail names, and let officers sign it.',
  ],
  officer_unknown: [
    403,
    'The signature is not one of an officer of this mesh',
    'Sign with the key of an officer: `GET /v1/officers` lists them.',
  ],
  possession_failed: [
    403,
    'A key was named whose possession was not proven',
    'Prove each key that the message names against the current challenge.',
  ],
  not_found: [
    404,
    'There is nothing here',
    'Check the path and the id in it; the detail names the command that lists what there is.',
  ],
  method_not_allowed: [
    405,
    'This path does not take that method',
    'Use a method that the document lists for the path.',
  ],
  sequence_replayed: [
    409,
    'The sequence number is not above the last accepted one',
    'Send the message with a sequence above `last_sequence`.',
  ],
  sequence_too_far: [
    409,
    'The sequence number is far above the last accepted one and the time',
    'Set the clock of the sender; if it was far ahead, let the operator reset the sequence.',
  ],
  instance_conflict: [
    409,
    'Another agent is running with this identity',
    'Stop the other agent, or wait for as long as `Retry-After` says.',
  ],
  query_outstanding: [
    409,
    'This node already has a blocking query open',
    'Keep one query open for each node: the newer one goes on.',
  ],
  challenge_expired: [
    409,
    'The enrolment challenge is unknown or has expired',
    'Ask for a new challenge and send the request again.',
  ],
  node_exists: [
    409,
    'A node of this name is enrolled with another identity',
    'Choose another name and make new keys, or let the operator delete the node that has them.',
  ],
  request_replayed: [
    409,
    'A request with this id was carried out before',
    'Make a new request: each one takes effect once.',
  ],
  request_stale: [
    409,
    'The request was made for another state',
    'Make a new request for the mesh as it is now.',
  ],
  too_few_signatures: [409, 'Too few officers have signed', 'Collect the signatures of more officers.'],
  too_many_requests: [
    409,
    'This officer has too many requests that are open',
    'Carry out requests that wait, or wait until they expire.',
  ],
  state_conflict: [
    409,
    'The node is not in a state that allows this',
    'Look at the present state; the detail says what has to be done before.',
  ],
  length_required: [
    411,
    'The body must say how long it is',
    'Send a Content-Length, and no Transfer-Encoding.',
  ],
  body_too_large: [413, 'The body is too large', 'Send a body of at most the length that the detail names.'],
  unsupported_media_type: [
    415,
    'The body must be application/json',
    'Send the body as application/json, and {} if there is nothing to say.',
  ],
  clock_skew: [
    422,
    'The clock of the sender is off',
    'Set the clock of the sender: `skew_ms` says how far it is ahead.',
  ],
  benchmark_stale: [422, 'The benchmark is too old', 'Measure again and send the new benchmark.'],
  benchmark_from_future: [
    422,
    'The benchmark lies in the future',
    'Set the clock of the sender: `skew_ms` says how far it is ahead.',
  ],
  request_early: [
    422,
    'The officer request is not valid yet',
    'Send the request again when its `not_before` has passed.',
  ],
  request_expired: [422, 'The officer request has expired', 'Make a new request.'],
  challenge_wrong: [
    422,
    'The benchmark does not answer the current challenge',
    'Read the challenge in the newest config, and measure again with it.',
  ],
  attestation_wrong: [
    422,
    'The attestation does not prove what the benchmark says',
    'Send the statement of an attestor of the policy that says what the message says.',
  ],
  policy_refused: [
    422,
    'The policy is not valid, or does not fit the other settings',
    'Correct what `faults` names, by line and column.',
  ],
  rate_limited: [429, 'Too many requests', 'Wait for as long as `Retry-After` says.'],
  internal: [
    500,
    'The controller failed; this is a bug',
    'Report it with the part of the log of the controller that has the details.',
  ],
  provider_unavailable: [
    502,
    'The OpenID provider does not answer as it should',
    'Try again; if it stays, the log of the controller says what is wrong with the provider or its settings.',
  ],
  storage_unavailable: [
    503,
    'The controller cannot write to its database now',
    'Mend the disk or the database of the controller, then send the request again.',
  ],
  addresses_exhausted: [
    503,
    'The overlay network has no free address',
    'Delete revoked nodes, or give the overlay a larger network.',
  ],
  not_ready: [
    503,
    'The controller is starting or stopping',
    'Wait for as long as `Retry-After` says, then send the request again.',
  ],
} as const;
