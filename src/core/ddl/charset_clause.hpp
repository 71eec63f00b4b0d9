// The values of CHARACTER SET and COLLATE, of columns, tables and databases.
#pragma once

#include <string>

#include "core/base/status.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// Takes CHARSET, CHARACTER SET or CHAR SET.
bool accept_charset_keyword(SqlCursor& cursor);

/// A character set's or collation's name, bare or quoted, behind an equals sign or not, in lower case; empty
/// for DEFAULT.
Result<std::string> parse_charset_name(SqlCursor& cursor);

/// The character set a collation belongs to; empty if its name does not tell (DEFAULT, MariaDB's
/// uca1400_…).
std::string charset_of_collation(const std::string& collation);

/// True if both are names of one character set: "utf8" is "utf8mb3", in any case.
bool same_charset(const std::string& a, const std::string& b);

/// Bytes of a character set in UTF-8, as the catalog of the source shows them. False: some were no
/// characters, and have become question marks.
bool charset_text(const std::string& bytes, const std::string& charset, std::string* text);

/// How many bytes a character of the set has, as MySQL's tables of character sets say; {0, 0} for "binary"
/// and sets that are not known.
struct CharacterSize {
  unsigned smallest = 0, largest = 0;
};
CharacterSize character_size(const std::string& charset);

/// True for utf8mb4 and the other encodings of Unicode.
bool is_unicode(const std::string& charset);

}  // namespace mysql_sync::ddl
