// The rows of a row event -> Values, by the table map of the event and the schema known for its position.
#pragma once

#include <memory>
#include <vector>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/binlog/event.hpp"
#include "core/binlog/wire_charsets.hpp"
#include "core/types/table_schema.hpp"
#include "core/types/value.hpp"

namespace mysql_sync::binlog {

/// A row before and after a change; an image that the kind of event lacks has size 0.
///
/// Cells that the images lack (binlog_row_image MINIMAL, NOBLOB) are filled in as far as the event tells: in
/// the after image of an insert by the column's default, in that of an update from the before image. What is
/// left is ValueKind::kAbsent, in an insert for a default that only the source knows, in an update for what
/// did not change. The before image has the primary key at least.
struct RowChange {
  RowsEvent::Kind kind = RowsEvent::Kind::kInsert;
  RowView before;
  RowView after;
  /// False if `after` has cells that are not Value::is_complete().
  bool complete = true;
  /// An update whose after image names all columns of the primary key by itself.
  bool names_key = false;
};

/// Decodes the rows of one table. Made once for a table map and used for all row events that refer to it, so
/// that each column's decoder is chosen once. Owns its cells; not for several threads.
class RowDecoder {
 public:
  /// Checks that the map and the schema agree: number of columns, type of each; and as far as the source
  /// sends them signedness, character sets, names, labels, primary key. kConflict with both shown where they
  /// do not: the schema history is then not that of this position. Hidden columns of the map are not the
  /// schema's, and their cells are left out of the rows. `charsets`: those that the source has; of others
  /// nobody knows what they are. kUnsupported for a type or character set that is not carried; kCorrupt for
  /// malformed metadata.
  static Result<RowDecoder> create(const TableMapEvent& map, const TableSchema& schema,
                                   const CollationCharsets& charsets = {});

  RowDecoder(RowDecoder&&) noexcept;
  RowDecoder& operator=(RowDecoder&&) noexcept;
  ~RowDecoder();

  /// Begins the rows of `event`, whose bytes must outlive the calls of next(). kConflict if the event
  /// lacks columns of the primary key in its before image: every source logs those, so it has another key.
  Status start(const RowsEvent& event);

  /// The next row; false after the last one. The views in `change` live until the next call, but bytes that
  /// were not copied live as long as the event. kCorrupt if the bytes do not follow the format; kConflict
  /// where a partial JSON update does not fit the value of its before image.
  Result<bool> next(RowChange* change);

 private:
  struct Impl;
  explicit RowDecoder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mysql_sync::binlog
