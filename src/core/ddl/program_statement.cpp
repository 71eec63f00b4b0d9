#include "core/ddl/program_statement.hpp"

#include <utility>

#include "core/ddl/row_statement.hpp"

namespace mysql_sync::ddl {

namespace {

using Kind = ProgramStatement::Kind;

std::optional<Kind> kind_at(const SqlCursor& cursor) {
  if (cursor.at_word("VIEW")) return Kind::kView;
  if (cursor.at_word("TRIGGER")) return Kind::kTrigger;
  if (cursor.at_any({"FUNCTION", "PROCEDURE", "PACKAGE"})) return Kind::kRoutine;
  return std::nullopt;
}

/// What may stand between CREATE and VIEW: OR REPLACE, ALGORITHM, DEFINER, SQL SECURITY, AGGREGATE.
constexpr size_t kMaxWordsBefore = 24;

std::optional<Kind> skip_to_kind(SqlCursor& cursor) {
  if (!cursor.at_any({"OR", "ALGORITHM", "DEFINER", "SQL", "AGGREGATE"}) && !kind_at(cursor))
    return std::nullopt;
  for (size_t i = 0; i < kMaxWordsBefore && !cursor.exhausted(); ++i) {
    const std::optional<Kind> kind = kind_at(cursor);
    if (kind) return kind;
    if (cursor.at_any({"TABLE", "EVENT", "USER", "INDEX"})) return std::nullopt;
    cursor.take();
  }
  return std::nullopt;
}

/// AFTER INSERT ON t FOR EACH ROW …
bool read_trigger(SqlCursor& cursor, std::string_view sql, const SessionContext& session,
                  ProgramStatement* statement) {
  while (!cursor.exhausted() && !cursor.at_word("ON")) cursor.take();
  TableName table;
  if (!cursor.accept("ON") || !cursor.expect_table(session, &table).ok()) return false;
  statement->table = std::move(table);
  while (!cursor.exhausted() && !cursor.at_word("ROW")) cursor.take();
  if (!cursor.accept("ROW")) return false;
  if (cursor.accept_any({"FOLLOWS", "PRECEDES"})) cursor.take();
  statement->body = parse_program(sql.substr(cursor.peek().offset), session);
  return true;
}

}  // namespace

std::optional<ProgramStatement> parse_program_statement(SqlCursor cursor, std::string_view sql,
                                                        const SessionContext& session) {
  const Token verb = cursor.take();
  ProgramStatement statement;
  statement.creates = verb.is_word("CREATE") && !cursor.at_word("OR");
  const std::optional<Kind> kind = skip_to_kind(cursor);
  if (!kind) return std::nullopt;
  statement.kind = *kind;
  cursor.take();
  cursor.accept("BODY");
  if (!cursor.accept({"IF", "NOT", "EXISTS"})) cursor.accept({"IF", "EXISTS"});
  do {
    statement.names.emplace_back();
    if (!cursor.expect_table(session, &statement.names.back()).ok()) return std::nullopt;
  } while (cursor.accept_symbol(','));
  if (*kind == Kind::kTrigger && verb.is_word("CREATE") && !read_trigger(cursor, sql, session, &statement))
    return std::nullopt;
  return statement;
}

}  // namespace mysql_sync::ddl
