// Messages between the benchmark and a thread that verifies with libsodium.

export interface LibsodiumSetup {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly rawPublicKey: Uint8Array;
}

export interface LibsodiumOrder {
  /** How long the thread verifies, at least. */
  readonly turnMs: number;
}

export interface LibsodiumReply {
  readonly operations: number;
}
