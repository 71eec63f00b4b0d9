#include "pg/cell_to_text.hpp"

#include "pg/cell_errors.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "utils/date.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
}

namespace mysql_sync::pg {

namespace {

constexpr uint64_t kHighBits = UINT64CONST(0x8080808080808080);
constexpr uint64_t kLowBits = UINT64CONST(0x0101010101010101);

/// True if every byte is in 1..127: valid in every server encoding, and no NUL.
bool is_plain_ascii(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  uint64_t bad = 0;
  for (; end - at >= 8; at += 8) {
    uint64_t chunk;
    std::memcpy(&chunk, at, 8);
    bad |= chunk | (chunk - kLowBits);
  }
  for (; at < end; ++at) bad |= static_cast<uint8_t>(*at) | static_cast<uint64_t>(*at == '\0') << 7;
  return (bad & kHighBits) == 0 && (bad & 0x80) == 0;
}

constexpr const char* kInvalidTextHint =
    "Set invalid_text to 'strip', or to a character that replaces what is no text.";

const char* key_hint(const CellTarget& cell, const char* otherwise) {
  return cell.role == ColumnRole::kKey
             ? "No policy changes a key column, as two keys could become one: fix the value on the source and "
               "create the task again."
             : otherwise;
}

[[noreturn]] void refuse_nul(const CellTarget& cell, size_t before) {
  ereport(ERROR,
          (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
           errmsg("value of column \"%s\" contains a NUL byte, which text cannot hold", cell.column),
           errdetail("It comes after %zu characters.", before),
           errhint("%s", key_hint(cell, "Set nul_bytes to 'strip', or to a character that replaces it."))));
  pg_unreachable();
}

[[noreturn]] void refuse_bytes(const CellTarget& cell, const TextPiece& piece, size_t before) {
  ereport(ERROR,
          (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
           errmsg("value of column \"%s\" is not text in the character set %s", cell.column, cell.charset),
           errdetail("0x%s after %zu characters is no character.", piece.hex().digits, before),
           errhint("%s", key_hint(cell, kInvalidTextHint))));
  pg_unreachable();
}

/// What stands for a piece that is no text; errors where the policy says so.
std::string_view substitute(const CellTarget& cell, const TextPiece& piece, size_t before) {
  const bool is_nul = piece.kind == TextPiece::Kind::kNul;
  const TextPolicy& policy = is_nul ? cell.policies.nul_bytes : cell.policies.invalid_text;
  if (policy.action == TextPolicy::Action::kError || cell.role == ColumnRole::kKey) {
    if (is_nul) refuse_nul(cell, before);
    refuse_bytes(cell, piece, before);
  }
  return policy.substitute();
}

void append(StringInfo to, std::string_view text) {
  appendBinaryStringInfo(to, text.data(), static_cast<int>(text.size()));
}

/// `text` as valid UTF-8 without NUL, by the policies.
std::string_view clean_text(const CellTarget& cell, std::string_view text) {
  StringInfoData clean;
  initStringInfo(&clean);
  size_t characters = 0;
  TextScanner scanner(text, cell.escapes);
  for (TextPiece piece; scanner.next(&piece);) {
    const bool is_text = piece.kind == TextPiece::Kind::kText;
    append(&clean, is_text ? piece.text : substitute(cell, piece, characters));
    characters += is_text ? count_characters(piece.text) : 1;
  }
  return {clean.data, static_cast<size_t>(clean.len)};
}

[[noreturn]] void refuse_character(const CellTarget& cell, std::string_view character, size_t before) {
  const char* copy = pnstrdup(character.data(), character.size());
  const pg_wchar code_point = utf8_to_unicode(reinterpret_cast<const unsigned char*>(copy));
  ereport(ERROR, (errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
                  errmsg("value of column \"%s\" has a character that the encoding %s of this database lacks",
                         cell.column, GetDatabaseEncodingName()),
                  errdetail("It is U+%04X, after %zu characters.", code_point, before),
                  errhint("%s", key_hint(cell, kInvalidTextHint))));
  pg_unreachable();
}

/// Clean UTF-8 in the encoding of the database; what that lacks goes by the policy for invalid text.
std::string_view encode_text(const CellTarget& cell, std::string_view utf8, bool* changed) {
  const TextPolicy& policy = cell.policies.invalid_text;
  StringInfoData result;
  initStringInfo(&result);
  size_t characters = 0;
  for (size_t at = 0; at < utf8.size(); ++characters) {
    const std::string_view character = utf8.substr(at, valid_character(utf8.substr(at)));
    at += character.size();
    std::string_view encoded;
    if (!encode_character(character, &encoded)) {
      if (policy.action == TextPolicy::Action::kError || cell.role == ColumnRole::kKey)
        refuse_character(cell, character, characters);
      *changed = true;
      if (!encode_character(policy.substitute(), &encoded)) encoded = "?";
    }
    append(&result, encoded);
  }
  return {result.data, static_cast<size_t>(result.len)};
}

/// `utf8` checked, by the policies, and in the encoding of the database.
std::string_view server_text(const CellTarget& cell, std::string_view utf8, uint64* changed) {
  check_size(cell, utf8);
  if (is_plain_ascii(utf8)) return utf8;
  bool replaced = !pg_verify_mbstr(PG_UTF8, utf8.data(), static_cast<int>(utf8.size()), true);
  if (replaced) utf8 = clean_text(cell, utf8);
  std::string_view text = utf8;
  if (GetDatabaseEncoding() != PG_UTF8 && !encode_character(utf8, &text)) {
    text = encode_text(cell, utf8, &replaced);
  }
  *changed += replaced ? 1 : 0;
  return text;
}

/// Characters of `text`; errors where there are more than the target's n.
size_t checked_characters(const CellTarget& cell, const Value& value, std::string_view text) {
  const size_t limit = static_cast<size_t>(cell.typmod - VARHDRSZ);
  const size_t characters =
      is_plain_ascii(text)
          ? text.size()
          : static_cast<size_t>(pg_mbstrlen_with_len(text.data(), static_cast<int>(text.size())));
  if (characters > limit) does_not_fit(cell, value, ERRCODE_STRING_DATA_RIGHT_TRUNCATION);
  return characters;
}

Datum call_input(const CellTarget& cell, std::string_view text, int32 typmod) {
  char* copy = pnstrdup(text.data(), text.size());
  CellContext context(cell);
  const Datum result =
      InputFunctionCall(const_cast<FmgrInfo*>(&cell.input), copy, cell.input_argument, typmod);
  context.end();
  return result;
}

/// The comparison of types whose input rounds to what the modifier asks for, without a word.
PGFunction equality_where_rounded(Oid target) {
  switch (target) {
    case NUMERICOID:
      return numeric_eq;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return timestamp_eq;
    case TIMEOID:
      return time_eq;
    case INTERVALOID:
      return interval_eq;
    default:
      return nullptr;
  }
}

}  // namespace

Datum text_datum(std::string_view text) {
  return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
}

std::string_view text_of(const CellTarget& cell, const Value& value, CellTextBuffer* buffer,
                         uint64* changed) {
  const std::string_view text = cell_text(value, cell.fraction, buffer);
  return value.holds_bytes() ? server_text(cell, text, changed) : text;
}

Datum call_input(const CellTarget& cell, std::string_view text) {
  return call_input(cell, text, cell.typmod);
}

Datum to_text(const CellTarget& cell, const Value& value, bool*, uint64* changed) {
  CellTextBuffer buffer;
  return text_datum(text_of(cell, value, &buffer, changed));
}

Datum to_varchar(const CellTarget& cell, const Value& value, bool*, uint64* changed) {
  CellTextBuffer buffer;
  const std::string_view text = text_of(cell, value, &buffer, changed);
  const bool may_exceed =
      cell.typmod >= VARHDRSZ && text.size() > static_cast<size_t>(cell.typmod - VARHDRSZ);
  if (may_exceed) checked_characters(cell, value, text);
  return text_datum(text);
}

Datum to_bpchar(const CellTarget& cell, const Value& value, bool*, uint64* changed) {
  CellTextBuffer buffer;
  const std::string_view text = text_of(cell, value, &buffer, changed);
  if (!text.empty() && text.back() == ' ' && cell.source != TypeKind::kChar)
    does_not_fit(cell, value, ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
                 "The type char does not tell spaces at the end; varchar does.");
  if (cell.typmod < VARHDRSZ) return text_datum(text);
  const size_t padding = static_cast<size_t>(cell.typmod - VARHDRSZ) - checked_characters(cell, value, text);
  auto* result = static_cast<char*>(palloc(VARHDRSZ + text.size() + padding));
  SET_VARSIZE(result, VARHDRSZ + text.size() + padding);
  std::memcpy(VARDATA(result), text.data(), text.size());
  std::memset(VARDATA(result) + text.size(), ' ', padding);
  return PointerGetDatum(result);
}

Datum by_input(const CellTarget& cell, const Value& value, bool*, uint64* changed) {
  CellTextBuffer buffer;
  const std::string_view text = text_of(cell, value, &buffer, changed);
  const Datum result = call_input(cell, text);
  const PGFunction equal = cell.typmod < 0 ? nullptr : equality_where_rounded(cell.type);
  if (equal != nullptr && !DatumGetBool(DirectFunctionCall2(equal, result, call_input(cell, text, -1))))
    does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
  return result;
}

Datum to_enum(const CellTarget& cell, const Value& value, bool*, uint64* changed) {
  CellTextBuffer buffer;
  const std::string_view text = text_of(cell, value, &buffer, changed);
  const char* label = pnstrdup(text.data(), text.size());
  const bool known =
      text.size() < NAMEDATALEN &&
      SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(cell.type), CStringGetDatum(label));
  if (!known) {
    does_not_fit(cell, value, ERRCODE_INVALID_TEXT_REPRESENTATION,
                 psprintf("ALTER TYPE %s ADD VALUE %s adds the label.", format_type_be(cell.type),
                          quote_literal_cstr(label)));
  }
  return call_input(cell, text);
}

}  // namespace mysql_sync::pg
