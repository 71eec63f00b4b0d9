#include "core/ddl/alter_conversion.hpp"

#include <utility>

#include "core/ddl/charset_clause.hpp"

namespace mysql_sync::ddl {

namespace {

/// What sources do with CONVERT TO CHARACTER SET DEFAULT was looked at on MySQL 5.6, 9.7 and MariaDB 10.11.
bool converts_to_session_charset(const SessionContext& session) {
  return !session.mariadb || !is_at_least(session, kMariadbContextCollations);
}

Status convert_to_unknown(AlterDraft& draft) {
  draft.alter.lacks_session_charset = true;
  return draft.carry_by_reload("CONVERT TO CHARACTER SET DEFAULT");
}

/// The character set that the statement names, or that of its collation; none for DEFAULT.
Status read_named_charset(SqlCursor& cursor, TableOptions* named) {
  if (!accept_charset_keyword(cursor)) return cursor.unexpected("CHARACTER SET");
  MYSQL_SYNC_ASSIGN_OR_RETURN(named->charset, parse_charset_name(cursor));
  if (cursor.accept("COLLATE")) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string collation, parse_charset_name(cursor));
    if (named->charset.empty()) named->charset = charset_of_collation(collation);
  }
  return {};
}

}  // namespace

Status read_convert_charset(AlterDraft& draft) {
  TableOptions converted;
  MYSQL_SYNC_RETURN_IF_ERROR(read_named_charset(draft.cursor, &converted));
  if (converted.charset.empty() && converts_to_session_charset(draft.session)) {
    if (draft.session.session_charset.empty()) return convert_to_unknown(draft);
    converted.charset = draft.session.session_charset;
  }
  ConvertCharset convert;
  convert.lenient = draft.is_lenient();
  convert.charset =
      table_charset(converted, draft.session.database_charset, &draft.alter.takes_database_charset);
  draft.converted_to = convert.charset;
  draft.alter.actions.emplace_back(std::move(convert));
  return {};
}

bool at_conversion(const SqlCursor& cursor) {
  if (cursor.at_any({"CONVERT", "LOCK"})) return true;
  SqlCursor ahead = cursor;
  if (!ahead.accept("ALGORITHM")) return false;
  ahead.accept_symbol('=');
  return !ahead.at_word("COPY");
}

/// MySQL 5.6 brought ALTER TABLE in place, and with it took CONVERT TO for no change of the table itself: bug
/// 77554, confirmed for 5.6.27 and 5.7.8; fixed in the sources of 5.6.32 and 5.7.20, if not before. In
/// MariaDB it is MDEV-6390.
AlterTable::Idle idle_conversions(const SessionContext& session) {
  using Idle = AlterTable::Idle;
  const uint32_t version = session.version;
  const auto within = [version](uint32_t from, uint32_t to) { return version >= from && version < to; };
  if (session.mariadb) {
    const bool idle = within(100000, 100030) || within(100100, 100122) || within(100200, 100205);
    return idle ? Idle::kPossible : Idle::kNever;
  }
  if (within(50600, 50628) || within(50700, 50709)) return Idle::kPossible;
  return within(50628, 50632) || within(50709, 50720) ? Idle::kUnknown : Idle::kNever;
}

}  // namespace mysql_sync::ddl
