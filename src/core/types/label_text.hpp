// Labels of ENUM and SET that a declaration has as bytes.
#pragma once

#include <string>
#include <string_view>

namespace mysql_sync {

/// The label of these bytes of a character set as a CharsetConverter gives it, that is as rows read it: what
/// is no text stays in it (text_policy.hpp). False if it has some; NUL is text here.
bool label_text(std::string_view bytes, std::string_view charset, std::string* text);

}  // namespace mysql_sync
