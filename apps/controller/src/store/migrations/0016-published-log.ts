// The tiles of the log's tree, and its signed heads; see ../schema.sql for what the columns mean. The tiles
// take the place of the saved edges; those of older entries are made at the next start.

export const publishedLog = {
  id: '0016-published-log',
  sql: `DROP TABLE log_frontiers;
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
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_tiles_only_at_the_end BEFORE INSERT ON log_tiles
WHEN NEW.tile_index IS NOT (SELECT ifnull(max(tile_index), -1) + 1 FROM log_tiles WHERE level = NEW.level)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: a tile comes after the last one');
END;
CREATE TABLE log_heads (
  size INTEGER PRIMARY KEY,
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
`,
};
