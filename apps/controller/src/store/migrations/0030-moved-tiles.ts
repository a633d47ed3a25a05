// Which tiles have moved to a folder; see ../schema.sql. The triggers let go of what has moved, and of
// nothing else.

export const movedTiles = {
  id: '0030-moved-tiles',
  sql: `CREATE TABLE moved_tiles (
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
DROP TRIGGER log_entries_refuse_update;
CREATE TRIGGER log_entries_refuse_update BEFORE UPDATE ON log_entries
WHEN length(NEW.entry) > 0 OR NEW.log_index IS NOT OLD.log_index OR NEW.node_id IS NOT OLD.node_id
  OR NEW.previous_result IS NOT OLD.previous_result
  OR NOT EXISTS (SELECT 1 FROM moved_tiles WHERE tile_index = OLD.log_index / 256)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
DROP TRIGGER log_tiles_refuse_delete;
CREATE TRIGGER log_tiles_refuse_delete BEFORE DELETE ON log_tiles
WHEN OLD.level > 0 OR NOT EXISTS (SELECT 1 FROM moved_tiles WHERE tile_index = OLD.tile_index)
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only');
END;
DROP TRIGGER log_tiles_only_at_the_end;
CREATE TRIGGER log_tiles_only_at_the_end BEFORE INSERT ON log_tiles
WHEN NEW.tile_index IS NOT max(
  (SELECT ifnull(max(tile_index), -1) FROM log_tiles WHERE level = NEW.level),
  iif(NEW.level = 0, (SELECT ifnull(max(tile_index), -1) FROM moved_tiles), -1)
) + 1
BEGIN
  SELECT RAISE(ABORT, 'the log is append-only: a tile comes after the last one');
END;
`,
};
