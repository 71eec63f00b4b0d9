#include "pg/cell_errors.hpp"

#include "pg/cell_text.hpp"
#include "pg/encoding.hpp"

namespace mysql_sync::pg {

namespace {

void add_column_context(void* column) {
  errcontext("converting column \"%s\"", static_cast<const char*>(column));
}

void append_shown(StringInfo to, std::string_view utf8) {
  for (size_t at = 0; at < utf8.size() && to->len < 60;) {
    const size_t size = valid_character(utf8.substr(at));
    std::string_view encoded;
    if (!encode_character(utf8.substr(at, size), &encoded)) encoded = "?";
    appendBinaryStringInfo(to, encoded.data(), static_cast<int>(encoded.size()));
    at += size;
  }
}

const char* shown(const CellTarget& cell, const Value& value) {
  if (value.kind() == ValueKind::kBytes) return "(binary)";
  CellTextBuffer buffer;
  const std::string_view text = cell_text(value, cell.fraction, &buffer);
  StringInfoData shortened;
  initStringInfo(&shortened);
  TextScanner scanner(text.substr(0, 200), cell.escapes);
  for (TextPiece piece; shortened.len < 60 && scanner.next(&piece);) {
    if (piece.kind == TextPiece::Kind::kText)
      append_shown(&shortened, piece.text);
    else
      appendStringInfo(&shortened, "\\x%s", piece.kind == TextPiece::Kind::kNul ? "00" : piece.hex().digits);
  }
  return shortened.data;
}

}  // namespace

CellContext::CellContext(const CellTarget& cell) {
  callback_.callback = add_column_context;
  callback_.arg = const_cast<char*>(cell.column);
  callback_.previous = error_context_stack;
  error_context_stack = &callback_;
}

[[noreturn]] void does_not_fit(const CellTarget& cell, const Value& value, int sqlstate, const char* hint) {
  const char* text = shown(cell, value);  // not inside ereport(): it may meet an error of its own
  ereport(ERROR, (errcode(sqlstate),
                  errmsg("value of column \"%s\" does not fit type %s", cell.column,
                         format_type_with_typemod(cell.type, cell.typmod)),
                  errdetail_internal("The source has: %s", text), hint == nullptr ? 0 : errhint("%s", hint)));
  pg_unreachable();
}

void check_size(const CellTarget& cell, std::string_view bytes) {
  if (bytes.size() <= MaxAllocSize / 2) return;  // half: converting between encodings may need room
  ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                  errmsg("value of column \"%s\" is too large: %zu bytes", cell.column, bytes.size())));
}

}  // namespace mysql_sync::pg
