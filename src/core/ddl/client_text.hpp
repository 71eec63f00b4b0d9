// A statement as its client wrote it, in the client's character set -> UTF-8, for the parsers. The source
// reads its bytes with that set: a byte of a character is no quote and no backslash there.
#pragma once

#include <string>
#include <string_view>

#include "core/ddl/sql_lexer.hpp"
#include "core/types/charset.hpp"

namespace mysql_sync::ddl {

struct ClientText {
  const CharsetConverter& charset;  ///< of the client
  /// The client's set, or that of its connection, is "binary": literals are bytes of the column's set.
  bool literals_are_bytes = false;
  LexerOptions options;
};

/// The statement in UTF-8, with literals written anew where bytes count: those become x'…', behind an
/// introducer where they have one, unless they are comments.
std::string client_text_to_utf8(std::string_view sql, const ClientText& client);

}  // namespace mysql_sync::ddl
