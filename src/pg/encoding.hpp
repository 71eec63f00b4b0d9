// Text between UTF-8, which all C++ speaks, and the encoding of the database, which the backend speaks.
#pragma once

#include <string>

#include "core/types/text_policy.hpp"

namespace mysql_sync::pg {

/// UTF-8 in the encoding of the database. PgError (untranslatable_character) where a character has no
/// equivalent.
std::string to_server(const std::string& utf8);

/// Text of the backend in UTF-8.
std::string from_server(const std::string& text);

/// to_server() for messages: what the database cannot show, and what is not valid UTF-8 (shown as \x98),
/// gives way, and nothing fails.
std::string shown_by_server(const std::string& utf8);

/// For a message where nothing may be converted any more, as an error is under way: `utf8` where the database
/// has that encoding, else with \u00E9 for what is not ASCII.
std::string plain_text(const std::string& utf8);

/// `utf8` with what shown_by_server() replaces replaced, in UTF-8: to_server() will take it.
std::string showable(const std::string& utf8);

/// True if `utf8` can be had in the encoding of the database without loss.
bool is_representable(const std::string& utf8);

/// Text, one character or more, in the encoding of the database: false if that lacks one. Backend code:
/// allocates in the current memory context, raises nothing but shortage of memory.
bool encode_character(std::string_view utf8, std::string_view* encoded);

/// Keeps the conversions of this database at hand for the rest of the session: messages come outside of
/// transactions, too. Call it outside of one.
void prepare_conversion();

/// Why tasks cannot work in this database, or nothing: its encoding must be one that UTF-8 can be converted
/// to and from.
std::string encoding_problem();

}  // namespace mysql_sync::pg
