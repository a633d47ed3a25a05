-- The controller's database after all migrations. A test compares the two.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Keys of the controller, sealed under the master key that is kept outside this file.
CREATE TABLE sealed_secrets (
  name TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE tokens (
  token_id TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
  class TEXT NOT NULL,
  node_id TEXT,
  expires_at_ms INTEGER NOT NULL,
  -- Whether the nodes that enrol with it wait for an operator.
  needs_approval INTEGER NOT NULL DEFAULT 0 CHECK (needs_approval IN (0, 1)),
  withdrawn INTEGER NOT NULL DEFAULT 0 CHECK (withdrawn IN (0, 1))
) STRICT;

CREATE TABLE nodes (
  node_id TEXT PRIMARY KEY,
  class TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'quarantined', 'revoked')),
  identity_key TEXT NOT NULL UNIQUE,
  wg_public_key_a TEXT NOT NULL UNIQUE,
  wg_public_key_b TEXT UNIQUE,
  addresses TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  observed_address TEXT,
  token_id TEXT NOT NULL REFERENCES tokens (token_id),
  enrolled_at_ms INTEGER NOT NULL,
  membership TEXT NOT NULL CHECK (membership IN ('admitted', 'denied', 'never')),
  admitted_since INTEGER,
  readmitted INTEGER NOT NULL CHECK (readmitted IN (0, 1)),
  -- The newest benchmark, sealed, of a node that has sent none since details are sealed in batches.
  latest BLOB,
  has_left INTEGER NOT NULL CHECK (has_left IN (0, 1)),
  sequence_endpoint INTEGER NOT NULL,
  sequence_leave INTEGER NOT NULL,
  certificate_serial TEXT,
  certificate_not_after_ms INTEGER,
  -- The public key that the node's keys are sealed to.
  kem_public_key TEXT,
  -- Whether the node is within the warning band, or has not been out of it for long enough.
  declining INTEGER NOT NULL DEFAULT 0 CHECK (declining IN (0, 1)),
  -- Since when the node's tunnel has failed according to its own reports; set once that is long enough to
  -- count.
  unreachable_since_ms INTEGER,
  -- Since when the node is quarantined. NULL also if it was before this was kept.
  quarantined_at_ms INTEGER,
  -- When a quarantine ends by itself.
  quarantined_until_ms INTEGER,
  -- When the brake's newest hold of the node began. The other three are set while the brake holds the node in.
  held_since_ms INTEGER,
  hold_cause TEXT,
  hold_until_ms INTEGER,
  hold_limited INTEGER,
  -- Whether the node waits for an operator. Its status is 'quarantined' then, so that a program that does not know
  -- this column keeps it out.
  is_pending INTEGER NOT NULL DEFAULT 0 CHECK (is_pending IN (0, 1)),
  -- The source address of the enrolment. NULL if it was not noted.
  enrolled_from TEXT,
  -- The identity key that the node has announced, until it uses it.
  next_identity_key TEXT,
  -- Whether the alarm denied the node on the evidence with its newest result: the next result begins anew.
  watch_spent INTEGER NOT NULL DEFAULT 0 CHECK (watch_spent IN (0, 1)),
  -- The epoch in which a drift signal last put the node on probation.
  probation_since INTEGER
) STRICT;

-- What every result of a node changes. These short rows are apart from `nodes`, because a commit writes whole
-- pages: a page holds many of them.
CREATE TABLE node_results (
  node_id TEXT PRIMARY KEY REFERENCES nodes (node_id),
  -- The log entry of the newest benchmark, whose details hold its scores. NULL if the node has sent none, or
  -- none since details are sealed in batches.
  latest_index INTEGER,
  updated_at_ms INTEGER NOT NULL,
  sequence_benchmark INTEGER NOT NULL,
  -- How many good results there were in a row. When the last counted one was measured, and when it arrived:
  -- NULL if nothing is counted, or if nothing was when these columns were added.
  consecutive_good INTEGER NOT NULL,
  good_counted_measured_at_ms INTEGER,
  good_counted_arrived_at_ms INTEGER,
  -- The same for results above the warning band.
  consecutive_clear INTEGER NOT NULL,
  clear_counted_measured_at_ms INTEGER,
  clear_counted_arrived_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE epochs (
  epoch_id INTEGER PRIMARY KEY,
  activate_at_ms INTEGER NOT NULL,
  commitment TEXT NOT NULL
) STRICT;

-- The log: each entry is a leaf of an RFC 6962 tree over its canonical bytes.
CREATE TABLE log_entries (
  log_index INTEGER PRIMARY KEY,
  node_id TEXT,
  -- Empty if it has moved to the folder of the published log, with its tile.
  entry BLOB NOT NULL,
  -- Set for an accepted benchmark: the entry of the node's benchmark before, -1 if there is none or only one
  -- that is in the index below. So the entries of a node's benchmarks form a chain that begins at its
  -- latest_index. An index over them would write a page of its own for almost every benchmark.
  previous_result INTEGER
) STRICT;
CREATE INDEX log_entries_by_node ON log_entries (node_id, log_index) WHERE node_id IS NOT NULL AND previous_result IS NULL;

CREATE TRIGGER log_entries_refuse_update BEFORE UPDATE ON log_entries
WHEN length(NEW.entry) > 0 OR NEW.log_index IS NOT OLD.log_index OR NEW.node_id IS NOT OLD.node_id
  OR NEW.previous_result IS NOT OLD.previous_result
  OR NOT EXISTS (SELECT 1 FROM moved_tiles WHERE tile_index = OLD.log_index / 256)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_entries_refuse_delete BEFORE DELETE ON log_entries
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
-- REPLACE deletes without firing the trigger above.
CREATE TRIGGER log_entries_only_at_the_end BEFORE INSERT ON log_entries
WHEN NEW.log_index IS NOT (SELECT ifnull(max(log_index), -1) + 1 FROM log_entries)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: an entry comes after the last one');
END;

-- The details that entries only commit to, of all entries of one commit, from the first to the last. They are
-- sealed together, because to seal many costs little more than to seal one. To erase some, seal the others again.
CREATE TABLE log_detail_batches (
  first_index INTEGER PRIMARY KEY,
  last_index INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;

-- The same, one by one, of entries that were written before there were batches.
CREATE TABLE log_details (
  log_index INTEGER PRIMARY KEY REFERENCES log_entries (log_index),
  node_id TEXT,
  sealed BLOB NOT NULL
) STRICT;

-- The full tiles of the tree (C2SP tlog-tiles): 256 hashes each, of leaves at level 0, and of full tiles of the level
-- below at the others. Partial tiles are computed from what is below them.
CREATE TABLE log_tiles (
  level INTEGER NOT NULL,
  tile_index INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, tile_index)
) STRICT;

CREATE TRIGGER log_tiles_refuse_update BEFORE UPDATE ON log_tiles
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_tiles_refuse_delete BEFORE DELETE ON log_tiles
WHEN OLD.level > 0 OR NOT EXISTS (SELECT 1 FROM moved_tiles WHERE tile_index = OLD.tile_index)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
-- REPLACE deletes without firing the trigger above.
CREATE TRIGGER log_tiles_only_at_the_end BEFORE INSERT ON log_tiles
WHEN NEW.tile_index IS NOT max(
  (SELECT ifnull(max(tile_index), -1) FROM log_tiles WHERE level = NEW.level),
  iif(NEW.level = 0, (SELECT ifnull(max(tile_index), -1) FROM moved_tiles), -1)
) + 1
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: a tile comes after the last one');
END;

-- Every head that was signed, each before it was published. The signatures are made again from it when they are
-- needed: the same head and keys give the same ones.
CREATE TABLE log_heads (
  -- How many entries it covers.
  size INTEGER PRIMARY KEY,
  -- The RFC 6962 root over them.
  root BLOB NOT NULL,
  signed_at_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER log_heads_refuse_update BEFORE UPDATE ON log_heads
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_heads_refuse_delete BEFORE DELETE ON log_heads
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_heads_only_grow BEFORE INSERT ON log_heads
WHEN NEW.size <= (SELECT ifnull(max(size), -1) FROM log_heads)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: a head covers more than the last one');
END;

-- Windows in which leases last longer. Each request of an officer is accepted once, so no row is ever deleted.
CREATE TABLE maintenance_windows (
  position INTEGER PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE,
  officer TEXT NOT NULL,
  why TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
) STRICT;

-- API keys for administration over the network. None is ever deleted, so that the log's key ids have names.
CREATE TABLE admin_keys (
  key_id TEXT PRIMARY KEY,
  -- SHA-256 of the key's 32 random bytes, in hex.
  secret_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  -- The kind of the actor that made it, and which one if there are several of the kind.
  made_by TEXT NOT NULL,
  made_by_id TEXT,
  created_at_ms INTEGER NOT NULL,
  -- When it ends, or was ended.
  expires_at_ms INTEGER NOT NULL,
  -- The last day on which it was used, in UTC.
  last_used_on TEXT
) STRICT;

-- Who may sign requests, as JSON, and how many of them have to. The newest row counts.
CREATE TABLE officer_sets (
  position INTEGER PRIMARY KEY,
  officers TEXT NOT NULL,
  required INTEGER NOT NULL CHECK (required >= 1)
) STRICT;

-- Requests that officers have signed, with the signatures, as JSON. One that took effect stays for ever, so that
-- it is never accepted again; one that expired before is deleted.
CREATE TABLE officer_requests (
  request_id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('pending', 'authorised', 'carried_out')),
  request TEXT NOT NULL,
  signatures TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;

-- Classes that were revoked at some time. NULL: released since.
CREATE TABLE classes (
  name TEXT PRIMARY KEY,
  revoked_at_ms INTEGER
) STRICT;

-- Every policy that was accepted. The one with the highest version among those that were applied is in force. A
-- later one waits for the next boundary.
CREATE TABLE policies (
  version INTEGER PRIMARY KEY,
  -- SHA-256 of `policy`.
  hash TEXT NOT NULL,
  -- Canonical JSON, with every default.
  policy TEXT NOT NULL,
  -- For a policy that came from the configuration: SHA-256 of what the configuration said.
  configuration_hash TEXT,
  why TEXT NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  -- NULL until it is in force, and for ever if another policy replaced it before.
  applied_at_ms INTEGER,
  applied_epoch INTEGER
) STRICT;

-- The newest denial of each node that the brake counts. What no window reaches any more goes with the next denial.
CREATE TABLE brake_cuts (
  -- Also of a node that was deleted since.
  node_id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  -- JSON: the causes that it counts towards.
  causes TEXT NOT NULL,
  shortfall REAL NOT NULL
) STRICT;

-- The public keys of nodes that were revoked or deleted, and those that nodes have replaced. No node gets one again,
-- in whatever role, so no row is ever deleted.
CREATE TABLE spent_keys (
  public_key TEXT PRIMARY KEY,
  node_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is left of deleted nodes. No other node gets the addresses before held_until_ms.
CREATE TABLE deleted_nodes (
  position INTEGER PRIMARY KEY,
  node_id TEXT NOT NULL,
  class TEXT NOT NULL,
  addresses TEXT NOT NULL,
  held_until_ms INTEGER NOT NULL
) STRICT;

-- The CA that is to take the place of the present one, while a rotation is under way: one row at most. Its key is in
-- sealed_secrets, as 'ca-' and its pin.
CREATE TABLE next_ca (
  pin TEXT PRIMARY KEY,
  certificate TEXT NOT NULL
) STRICT;

-- The nodes that have come with a certificate of the CA in next_ca. Not a reference: a node may be deleted meanwhile.
CREATE TABLE next_ca_trust (
  node_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Every signed list of the keys that sign configs. They are a chain, by which a node that knows an old key finds the
-- present one, so no row is ever deleted. Empty: the mesh only ever had its first key.
CREATE TABLE config_key_lists (
  made_at_ms INTEGER PRIMARY KEY,
  -- JSON, as it is signed.
  list TEXT NOT NULL
) STRICT;

-- The config key that is to take the place of the present one, while a change is under way: one row at most. It is in
-- sealed_secrets, as 'config-' and its public half; the first one as 'config'.
CREATE TABLE next_config_key (
  public_key TEXT PRIMARY KEY,
  -- 1: it signs already.
  has_switched INTEGER NOT NULL
) STRICT;

-- The nodes that have stored the newest list, which names the key in next_config_key. Not a reference: a node may be
-- deleted meanwhile.
CREATE TABLE next_config_key_confirmed (
  node_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Details that are to be erased. A row goes when they are gone from the file.
CREATE TABLE erasures (
  position INTEGER PRIMARY KEY,
  -- NULL: of every node.
  node_id TEXT,
  -- Those of entries before this one.
  before_index INTEGER NOT NULL,
  -- Those of entries before this one are erased already.
  done_index INTEGER NOT NULL DEFAULT 0,
  -- The same for what nodes were told.
  told_index INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the nodes from the first to the last, by id, were told in an epoch: what the entry commits to.
CREATE TABLE configs_told (
  log_index INTEGER PRIMARY KEY REFERENCES log_entries (log_index),
  epoch_id INTEGER NOT NULL,
  first_node TEXT NOT NULL,
  last_node TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX configs_told_by_epoch ON configs_told (epoch_id);

-- The signed body of each node's newest benchmark, for the decisions that rest on it. The next one replaces it.
CREATE TABLE newest_messages (
  node_id TEXT PRIMARY KEY,
  -- The entry of the benchmark, which has the hash of the body.
  log_index INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;

-- The pairs of keys that sign the log's heads, and those that did. Empty: there was only ever one pair. The seeds of a
-- pair are in sealed_secrets, as 'log-' and its Ed25519 key; those of the first one as 'log' and 'log-ml-dsa-44'.
CREATE TABLE log_keys (
  position INTEGER PRIMARY KEY,
  -- Ed25519, base64.
  public_key TEXT NOT NULL UNIQUE,
  -- One a line: Ed25519, then ML-DSA-44.
  verifier_keys TEXT NOT NULL,
  -- 'next' signs as 'present' does, and takes its place; 'ended' has no seeds any more.
  state TEXT NOT NULL CHECK (state IN ('present', 'next', 'ended'))
) STRICT;

-- Where the log has each version of the policy, and where it came into force.
CREATE TABLE policy_entries (
  version INTEGER NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('policy_changed', 'policy_applied')),
  log_index INTEGER NOT NULL,
  PRIMARY KEY (version, type)
) STRICT, WITHOUT ROWID;

-- The tiles of level 0 that are in the folder of the published log and not here any more, with their entries. The root
-- of each tells its files from others.
CREATE TABLE moved_tiles (
  tile_index INTEGER PRIMARY KEY,
  root BLOB NOT NULL
) STRICT;
CREATE TRIGGER moved_tiles_refuse_update BEFORE UPDATE ON moved_tiles
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER moved_tiles_refuse_delete BEFORE DELETE ON moved_tiles
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER moved_tiles_only_at_the_end BEFORE INSERT ON moved_tiles
WHEN NEW.tile_index IS NOT (SELECT ifnull(max(tile_index), -1) + 1 FROM moved_tiles)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: a tile moves after the one before it');
END;
-- Pools of exam items, in the order in which they were loaded. None is ever deleted: what was drawn from one stays
-- verifiable.
CREATE TABLE exam_pools (
  position INTEGER PRIMARY KEY,
  -- The RFC 6962 root over the salted items, base64.
  root TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  loaded_at_ms INTEGER NOT NULL,
  -- JSON: in how many exams each item has been, by its index, and the indices of those that are drawn no more.
  used TEXT NOT NULL,
  retired TEXT NOT NULL,
  withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
  -- JSON, sealed: the items with their salts.
  sealed BLOB NOT NULL
) STRICT;

-- Exams. When the details of its entries are erased, a closed exam goes too.
CREATE TABLE exams (
  exam_id TEXT PRIMARY KEY,
  -- The examined node. Not a reference: it may be deleted meanwhile.
  node_id TEXT NOT NULL,
  epoch_id INTEGER NOT NULL,
  -- NULL: it is open.
  closed_at_ms INTEGER,
  -- JSON, sealed: its challenge, who asks what, and how it was graded.
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX exams_open ON exams (exam_id) WHERE closed_at_ms IS NULL;
CREATE INDEX exams_closed ON exams (closed_at_ms) WHERE closed_at_ms IS NOT NULL;
CREATE INDEX exams_of_node ON exams (node_id);

-- Where the log has what it says of an exam (by its id), of a pool (by its root), and of a challenge that was fixed (by
-- its SHA-256).
CREATE TABLE exam_entries (
  subject TEXT NOT NULL,
  log_index INTEGER NOT NULL,
  PRIMARY KEY (subject, log_index)
) STRICT, WITHOUT ROWID;

-- What is remembered of a node beside its exams, as sealed JSON: the challenge of its next exam, and what the newest
-- ones have shown.
CREATE TABLE node_exams (
  node_id TEXT PRIMARY KEY REFERENCES nodes (node_id),
  sealed BLOB NOT NULL
) STRICT;

-- Who could have been drawn as an examiner, each list once. Exams name the one that they were drawn from.
CREATE TABLE examiner_lists (
  -- SHA-256 of `ids`.
  sha256 TEXT PRIMARY KEY,
  -- Canonical JSON, sorted.
  ids TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Nodes that were outvoted as examiners, and those that were restored since. Not a reference: a node may be deleted.
CREATE TABLE examiners (
  node_id TEXT PRIMARY KEY,
  -- JSON: the outvotes that count since it was last restored, each with the exam and the examined node. Earlier
  -- versions have kept the exam's id alone.
  outvoted_in TEXT NOT NULL,
  -- The exam that cost it its role, and when. NULL: it has the role.
  suspended_by TEXT,
  suspended_at_ms INTEGER
) STRICT;

-- How far each receiver of alerts has been told. Entries of the log are told from `next_index` on, findings after
-- `last_finding`.
CREATE TABLE alert_receivers (
  -- As the settings call it.
  name TEXT PRIMARY KEY,
  next_index INTEGER NOT NULL,
  last_finding INTEGER NOT NULL,
  -- How many alerts it was never told of, because too many waited or it refused them.
  dropped INTEGER NOT NULL
) STRICT;

-- What receivers are told of and the log does not have: the beginning and the end of floods and the like. One that no
-- receiver waits for goes, unless it is the newest of something that goes on.
CREATE TABLE alert_findings (
  finding INTEGER PRIMARY KEY,
  -- How many entries the log had: it is told before the next one.
  log_size INTEGER NOT NULL,
  -- JSON: the alert.
  content TEXT NOT NULL
) STRICT;

-- The entries that the start compares rows with: about policies, officers, API keys and signing keys, and, with the
-- node's id, those that change a node's status.
CREATE TABLE state_entries (
  log_index INTEGER PRIMARY KEY,
  node_id TEXT
) STRICT;
CREATE INDEX state_entries_by_node ON state_entries (node_id, log_index) WHERE node_id IS NOT NULL;
