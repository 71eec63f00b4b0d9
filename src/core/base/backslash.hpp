// Backslashes in the string literals of MySQL ("String Literals" of the MySQL manual).
#pragma once

namespace mysql_sync {

/// The character that `\c` stands for. Of \% and \_, which keep their backslash in a statement, the second
/// one.
constexpr char unescaped(char c) {
  switch (c) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1A';
    default:
      return c;
  }
}

}  // namespace mysql_sync
