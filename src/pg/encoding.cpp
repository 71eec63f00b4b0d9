#include "pg/encoding.hpp"

#include <cstdio>

#include "pg/guard.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "utils/guc.h"
}

namespace mysql_sync::pg {

namespace {

bool is_utf8_database() { return GetDatabaseEncoding() == PG_UTF8; }

/// The functions that convert are in the catalog. Outside of a transaction there are those that the session
/// has for its client.
bool can_convert() { return IsTransactionState() || pg_get_client_encoding() == PG_UTF8; }

bool needs_no_conversion(const std::string& text) {
  if (is_utf8_database()) return true;
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

std::string only_ascii(std::string text) {
  for (char& c : text) c = static_cast<uint8_t>(c) < 0x80 ? c : '?';
  return text;
}

/// The backend hands back its argument where there is nothing to do, else a NUL-terminated copy.
std::string converted(const std::string& text, char* (*convert)(const char*, int, int)) {
  if (needs_no_conversion(text)) return text;
  if (!can_convert()) return only_ascii(text);
  const char* result = guard([&] { return convert(text.c_str(), static_cast<int>(text.size()), PG_UTF8); });
  return result == text.c_str() ? text : std::string(result);
}

/// Characters that the database cannot hold become '?'; `utf8` is valid.
std::string replaced(const std::string& utf8) {
  std::string result;
  for (size_t at = 0; at < utf8.size();) {
    const size_t size = std::max<size_t>(1, valid_character(std::string_view(utf8).substr(at)));
    std::string_view encoded;
    const bool known = guard([&] { return encode_character({utf8.data() + at, size}, &encoded); });
    result += known ? encoded : "?";
    at += size;
  }
  return result;
}

std::string printable(const std::string& text) {
  if (is_clean_text(text)) return text;
  std::string result;
  TextScanner scanner(text, true);
  for (TextPiece piece; scanner.next(&piece);) {
    if (piece.kind == TextPiece::Kind::kText) {
      result += piece.text;
      continue;
    }
    result += std::string("\\x") + (piece.kind == TextPiece::Kind::kNul ? "00" : piece.hex().digits);
  }
  return result;
}

}  // namespace

std::string to_server(const std::string& utf8) { return converted(utf8, pg_any_to_server); }

std::string from_server(const std::string& text) { return converted(text, pg_server_to_any); }

std::string shown_by_server(const std::string& utf8) {
  const std::string text = printable(utf8);
  if (needs_no_conversion(text)) return text;
  return can_convert() ? replaced(text) : only_ascii(text);
}

std::string plain_text(const std::string& utf8) {
  const std::string text = printable(utf8);
  if (is_utf8_database()) return text;
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t size = valid_character(std::string_view(text).substr(at));
    char escape[16] = {text[at]};
    if (size > 1) {
      const auto* bytes = reinterpret_cast<const unsigned char*>(text.data()) + at;
      std::snprintf(escape, sizeof(escape), "\\u%04X", utf8_to_unicode(bytes));
    }
    result += escape;
    at += size;
  }
  return result;
}

std::string showable(const std::string& utf8) { return from_server(shown_by_server(utf8)); }

bool is_representable(const std::string& utf8) {
  return is_utf8_database() || printable(utf8) == showable(utf8);
}

bool encode_character(std::string_view utf8, std::string_view* encoded) {
  *encoded = utf8;
  if (utf8.size() == 1 || is_utf8_database()) return true;
  MemoryContext caller = CurrentMemoryContext;
  const char* volatile result = nullptr;
  PG_TRY();
  {
    char* copy = pnstrdup(utf8.data(), utf8.size());
    result = pg_any_to_server(copy, static_cast<int>(utf8.size()), PG_UTF8);
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(caller);
    if (geterrcode() != ERRCODE_UNTRANSLATABLE_CHARACTER) PG_RE_THROW();
    FlushErrorState();
  }
  PG_END_TRY();
  if (result == nullptr) return false;
  *encoded = const_cast<const char*>(result);
  return true;
}

void prepare_conversion() {
  if (is_utf8_database()) return;
  Transaction transaction;
  if (encoding_problem().empty())
    guard([] { SetConfigOption("client_encoding", "UTF8", PGC_USERSET, PGC_S_SESSION); });
  transaction.commit();
}

std::string encoding_problem() {
  const int encoding = GetDatabaseEncoding();
  if (encoding == PG_UTF8) return {};
  const bool convertible = guard([&] {
    return encoding != PG_SQL_ASCII && OidIsValid(FindDefaultConversionProc(PG_UTF8, encoding)) &&
           OidIsValid(FindDefaultConversionProc(encoding, PG_UTF8));
  });
  if (convertible) return {};
  return encoding == PG_SQL_ASCII ? "SQL_ASCII does not say which characters the bytes of a text are"
                                  : "UTF-8 cannot be converted to this encoding and back";
}

}  // namespace mysql_sync::pg
