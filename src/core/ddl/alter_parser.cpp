#include "core/ddl/alter_parser.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/ddl/alter_columns.hpp"
#include "core/ddl/alter_conversion.hpp"
#include "core/ddl/alter_draft.hpp"
#include "core/ddl/alter_partitions.hpp"
#include "core/ddl/table_options.hpp"

namespace mysql_sync::ddl {

namespace {

Status read_convert(AlterDraft& draft) {
  return draft.cursor.accept("TO") ? read_convert_charset(draft) : read_convert_partition(draft);
}

Status read_order_column(SqlCursor& cursor) {
  std::string name;
  do {
    MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&name));
  } while (cursor.accept_symbol('.'));
  cursor.accept_any({"ASC", "DESC"});
  return {};
}

/// ORDER BY a, b DESC: its commas end where something else than a column follows.
Status read_order(AlterDraft& draft) {
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect("BY"));
  draft.no_effect();
  MYSQL_SYNC_RETURN_IF_ERROR(read_order_column(draft.cursor));
  while (draft.cursor.at_symbol(',')) {
    SqlCursor ahead = draft.cursor;
    ahead.take();
    const bool column_follows =
        read_order_column(ahead).ok() && (ahead.at_symbol(',') || ahead.at_symbol(';') || ahead.at_end());
    if (!column_follows) break;
    draft.cursor = ahead;
  }
  return {};
}

Status skip_without_effect(AlterDraft& draft) { return draft.skip_without_effect(); }
Status skip_rest_without_effect(AlterDraft& draft) { return draft.skip_rest_without_effect(); }

struct Verb {
  std::string_view word;
  Status (*read)(AlterDraft& draft);
};

constexpr Verb kVerbs[] = {
    {"ADD", read_add},
    {"ALTER", read_alter},
    {"CHANGE", read_change},
    {"CONVERT", read_convert},
    {"DISCARD", read_discard},
    {"DROP", read_drop},
    {"EXCHANGE", read_exchange},
    {"IMPORT", read_import},
    {"MODIFY", read_modify},
    {"ORDER", read_order},
    {"RENAME", read_rename},
    {"TRUNCATE", read_truncate},
    {"DISABLE", skip_without_effect},
    {"ENABLE", skip_without_effect},
    {"FORCE", skip_without_effect},
    {"SECONDARY_LOAD", skip_rest_without_effect},
    {"SECONDARY_UNLOAD", skip_rest_without_effect},
    {"WITH", skip_without_effect},
    {"WITHOUT", skip_without_effect},
    {"ANALYZE", skip_rest_without_effect},
    {"CHECK", skip_rest_without_effect},
    {"COALESCE", skip_rest_without_effect},
    {"OPTIMIZE", skip_rest_without_effect},
    {"PARTITION", read_partitioning},
    {"REBUILD", skip_rest_without_effect},
    {"REMOVE", skip_rest_without_effect},
    {"REORGANIZE", read_partitioning},
    {"REPAIR", skip_rest_without_effect},
    {"UPGRADE", skip_rest_without_effect},
};

const Verb* find_verb(const SqlCursor& cursor) {
  const Verb* found = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                   [&](const Verb& v) { return cursor.at_word(v.word); });
  return found == std::end(kVerbs) ? nullptr : found;
}

Status read_option(AlterDraft& draft) {
  const bool forgot = draft.options.forgets_rows;
  MYSQL_SYNC_RETURN_IF_ERROR(
      parse_table_option(draft.cursor, draft.session, "a specification of ALTER TABLE", &draft.options));
  if (!forgot && draft.options.forgets_rows) return draft.carry_not("ENGINE=BLACKHOLE");
  draft.no_effect();
  return {};
}

Status read_specification(AlterDraft& draft, const Verb* verb) {
  if (verb == nullptr) return read_option(draft);
  draft.cursor.take();
  return verb->read(draft);
}

bool at_statement_end(const SqlCursor& cursor) { return cursor.at_end() || cursor.at_symbol(';'); }

/// Options may follow each other, and partitioning follow everything, without a comma.
Status read_specifications(AlterDraft& draft) {
  SqlCursor& cursor = draft.cursor;
  while (!at_statement_end(cursor)) {
    draft.only_converts = draft.only_converts && at_conversion(cursor);
    const Verb* verb = find_verb(cursor);
    MYSQL_SYNC_RETURN_IF_ERROR(read_specification(draft, verb));
    if (cursor.accept_symbol(',') || at_statement_end(cursor)) continue;
    if (verb != nullptr && !cursor.at_any({"PARTITION", "REMOVE"})) return cursor.unexpected("a comma");
  }
  return cursor.expect_end();
}

void accept_wait(SqlCursor& cursor) {
  if (cursor.accept("WAIT")) cursor.take();
  cursor.accept("NOWAIT");
}

}  // namespace

const TableName* AlterTable::renamed_to() const {
  const TableName* to = nullptr;
  for (const AlterAction& action : actions) {
    if (const auto* rename = std::get_if<RenameTable>(&action)) to = &rename->to;
  }
  return to;
}

Result<AlterTable> parse_alter_table(SqlCursor& cursor, const SessionContext& session, bool ignore) {
  AlterDraft draft{cursor, session, ignore};
  draft.alter.pads_char = (session.sql_mode & kPadCharToFullLength) != 0;
  draft.alter.if_exists = cursor.accept({"IF", "EXISTS"});
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_table(session, &draft.alter.table));
  accept_wait(cursor);
  MYSQL_SYNC_RETURN_IF_ERROR(read_specifications(draft));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.resolve_columns());
  if (draft.converted_to && draft.only_converts) draft.alter.idle = idle_conversions(session);
  return std::move(draft.alter);
}

}  // namespace mysql_sync::ddl
