// How MySQL and MariaDB spell column types, in information_schema and in DDL (sql/sql_yacc.yy, rule "type").
#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/backslash.hpp"
#include "core/types/label_text.hpp"
#include "core/types/name_case.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync {

namespace {

/// What may stand in parentheses after the name of a type.
enum class Arguments : uint8_t {
  kNone,            ///< nothing
  kIgnored,         ///< geometry(9,4), uuid(5): MariaDB reads one or two numbers and forgets them
  kYear,            ///< year(2) has two digits, all others four
  kWidth,           ///< int(11): a display width
  kDecimal,         ///< decimal(10,2)
  kFloat,           ///< float(24), float(7,3): one number is a precision in bits
  kDouble,          ///< double(7,3): display only
  kFraction,        ///< datetime(6)
  kLength,          ///< char, binary, bit, vector: optional, 1 (or the row's default) where absent
  kRequiredLength,  ///< varchar(10)
  kSize,            ///< text(100), blob(100): the smallest type of the family that holds it
  kMembers          ///< enum('a','b')
};

struct Spelling {
  std::string_view name;  ///< words in lower case, one space between
  TypeKind kind;
  Arguments arguments = Arguments::kNone;
  uint64_t length = 0;   ///< where none is given
  uint64_t maximum = 0;  ///< of the length
  bool is_unsigned = false;
  bool is_national = false;
};

constexpr uint64_t kTiny = 0xFF, kPlain = 0xFFFF, kMedium = 0xFFFFFF, kLong = 0xFFFFFFFF;
constexpr uint64_t kMaxWidth = 255, kMaxVectorLength = 16383;

using A = Arguments;
using K = TypeKind;

// Rows of kUnknown are first words of longer names ("national char").
constexpr Spelling kSpellings[] = {
    {"tinyint", K::kTinyint, A::kWidth, 0, kMaxWidth},
    {"int1", K::kTinyint, A::kWidth, 0, kMaxWidth},
    {"bool", K::kTinyint, A::kNone, 1},
    {"boolean", K::kTinyint, A::kNone, 1},
    {"smallint", K::kSmallint, A::kWidth, 0, kMaxWidth},
    {"int2", K::kSmallint, A::kWidth, 0, kMaxWidth},
    {"mediumint", K::kMediumint, A::kWidth, 0, kMaxWidth},
    {"middleint", K::kMediumint, A::kWidth, 0, kMaxWidth},
    {"int3", K::kMediumint, A::kWidth, 0, kMaxWidth},
    {"int", K::kInt, A::kWidth, 0, kMaxWidth},
    {"integer", K::kInt, A::kWidth, 0, kMaxWidth},
    {"int4", K::kInt, A::kWidth, 0, kMaxWidth},
    {"bigint", K::kBigint, A::kWidth, 0, kMaxWidth},
    {"int8", K::kBigint, A::kWidth, 0, kMaxWidth},
    {"serial", K::kBigint, A::kNone, 0, 0, true},
    {"decimal", K::kDecimal, A::kDecimal},
    {"dec", K::kDecimal, A::kDecimal},
    {"numeric", K::kDecimal, A::kDecimal},
    {"fixed", K::kDecimal, A::kDecimal},
    {"float", K::kFloat, A::kFloat},
    {"float4", K::kFloat, A::kFloat},
    {"float8", K::kDouble, A::kDouble},
    {"double", K::kDouble, A::kDouble},
    {"double precision", K::kDouble, A::kDouble},
    {"real", K::kDouble, A::kDouble},
    {"bit", K::kBit, A::kLength, 1, 64},
    {"date", K::kDate},
    {"time", K::kTime, A::kFraction},
    {"datetime", K::kDatetime, A::kFraction},
    {"timestamp", K::kTimestamp, A::kFraction},
    {"year", K::kYear, A::kYear, 4},
    {"sql_tsi_year", K::kYear, A::kYear, 4},  // the same keyword to the servers
    {"char", K::kChar, A::kLength, 1, 255},
    {"character", K::kChar, A::kLength, 1, 255},
    {"nchar", K::kChar, A::kLength, 1, 255, false, true},
    {"national", K::kUnknown},
    {"national char", K::kChar, A::kLength, 1, 255, false, true},
    {"national character", K::kChar, A::kLength, 1, 255, false, true},
    {"varchar", K::kVarchar, A::kRequiredLength, 0, kPlain},
    {"varcharacter", K::kVarchar, A::kRequiredLength, 0, kPlain},
    {"char varying", K::kVarchar, A::kRequiredLength, 0, kPlain},
    {"character varying", K::kVarchar, A::kRequiredLength, 0, kPlain},
    {"nvarchar", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"nchar varchar", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"nchar varcharacter", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"nchar varying", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"national varchar", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"national varcharacter", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"national char varying", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"national character varying", K::kVarchar, A::kRequiredLength, 0, kPlain, false, true},
    {"binary", K::kBinary, A::kLength, 1, 255},
    {"char byte", K::kBinary, A::kLength, 1, 255},
    {"varbinary", K::kVarbinary, A::kRequiredLength, 0, kPlain},
    {"tinytext", K::kText, A::kNone, kTiny},
    {"text", K::kText, A::kSize, kPlain},
    {"mediumtext", K::kText, A::kNone, kMedium},
    {"longtext", K::kText, A::kNone, kLong},
    {"long", K::kText, A::kNone, kMedium},
    {"long varchar", K::kText, A::kNone, kMedium},
    {"long varcharacter", K::kText, A::kNone, kMedium},
    {"long char", K::kUnknown},
    {"long char varying", K::kText, A::kNone, kMedium},
    {"long character", K::kUnknown},
    {"long character varying", K::kText, A::kNone, kMedium},
    {"tinyblob", K::kBlob, A::kNone, kTiny},
    {"blob", K::kBlob, A::kSize, kPlain},
    {"mediumblob", K::kBlob, A::kNone, kMedium},
    {"longblob", K::kBlob, A::kNone, kLong},
    {"long varbinary", K::kBlob, A::kNone, kMedium},
    {"enum", K::kEnum, A::kMembers, 0, 65535},
    {"set", K::kSet, A::kMembers, 0, 64},
    {"json", K::kJson},
    {"geometry", K::kGeometry, A::kIgnored},
    {"point", K::kGeometry, A::kIgnored},
    {"linestring", K::kGeometry, A::kIgnored},
    {"polygon", K::kGeometry, A::kIgnored},
    {"multipoint", K::kGeometry, A::kIgnored},
    {"multilinestring", K::kGeometry, A::kIgnored},
    {"multipolygon", K::kGeometry, A::kIgnored},
    {"geometrycollection", K::kGeometry, A::kIgnored},
    {"geomcollection", K::kGeometry, A::kIgnored},
    {"uuid", K::kUuid, A::kIgnored},
    {"inet4", K::kInet4, A::kIgnored},
    {"inet6", K::kInet6, A::kIgnored},
    {"vector", K::kVector, A::kLength, 2048, kMaxVectorLength},
};

const Spelling* find_spelling(std::string_view name) {
  const auto* found = std::find_if(std::begin(kSpellings), std::end(kSpellings),
                                   [&](const Spelling& spelling) { return spelling.name == name; });
  return found == std::end(kSpellings) ? nullptr : found;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}
bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '_'; }

/// A cursor over the declaration. Comments count as space: "varchar(9) /*M!100301 COMPRESSED*/".
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// The next word in lower case; empty if something else comes.
  std::string word() {
    skip_space();
    std::string result;
    while (at_ < text_.size() && is_word(text_[at_])) result += lower(text_[at_++]);
    return result;
  }

  /// The next word without moving.
  std::string peek_word() {
    const size_t before = at_;
    std::string result = word();
    at_ = before;
    return result;
  }

  /// What is more than any length may be is kLong + 1.
  bool number(uint64_t* value) {
    skip_space();
    const size_t begin = at_;
    *value = 0;
    while (at_ < text_.size() && is_digit(text_[at_])) {
      *value = std::min(*value * 10 + static_cast<uint64_t>(text_[at_++] - '0'), kLong + 1);
    }
    return at_ > begin;
  }

  /// x'126dfec3', the bytes.
  bool hex(std::string* bytes) {
    skip_space();
    const size_t end = text_.find('\'', std::min(at_ + 2, text_.size()));
    if (text_.size() < at_ + 2 || lower(text_[at_]) != 'x' || text_[at_ + 1] != '\'' ||
        end == std::string_view::npos || (end - at_) % 2 != 0)
      return false;
    bytes->clear();
    for (size_t i = at_ + 2; i < end; i += 2) {
      const int high = hex_digit(text_[i]), low = hex_digit(text_[i + 1]);
      if (high < 0 || low < 0) return false;
      *bytes += static_cast<char>(high * 16 + low);
    }
    at_ = end + 1;
    return true;
  }

  /// A literal in ' or ", the quote doubled or escaped by a backslash inside.
  bool string(std::string* value) {
    skip_space();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return false;
    const char quote = text_[at_++];
    value->clear();
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        *value += unescaped(text_[at_++]);
      } else if (c != quote) {
        *value += c;
      } else if (at_ < text_.size() && text_[at_] == quote) {
        *value += text_[at_++];
      } else {
        return true;
      }
    }
    return false;
  }

 private:
  void skip_space() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (text_.compare(at_, 2, "/*") == 0) {
        const size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool has_charset(TypeKind kind) {
  return kind == K::kChar || kind == K::kVarchar || kind == K::kText || kind == K::kEnum || kind == K::kSet;
}

std::string blob_name(uint64_t length) {
  const char* size = length <= kTiny ? "tiny" : length <= kPlain ? "" : length <= kMedium ? "medium" : "long";
  return std::string(size) + "blob";
}

/// A string type with the character set "binary" is the binary type, and declared so: in the schema history
/// the character set of such a column is empty.
void become_binary(ColumnType& type) {
  const std::string length = "(" + std::to_string(type.length) + ")";
  if (type.kind == K::kChar) {
    type.kind = K::kBinary;
    type.declared = "binary" + length;
  } else if (type.kind == K::kVarchar) {
    type.kind = K::kVarbinary;
    type.declared = "varbinary" + length;
  } else if (type.kind == K::kText) {
    type.kind = K::kBlob;
    type.declared = blob_name(type.length);
  }
}

class TypeParser {
 public:
  TypeParser(std::string_view declared, std::string_view charset) : scanner_(declared), charset_(charset) {
    type_.declared = std::string(declared);
  }

  Result<ColumnType> parse() {
    const std::string first = scanner_.word();
    if (first.empty()) return malformed("no type name");
    spelling_ = read_name(first);
    if (spelling_ == nullptr || spelling_->kind == K::kUnknown) return std::move(type_);
    type_.kind = spelling_->kind;
    type_.length = spelling_->length;
    type_.is_unsigned = spelling_->is_unsigned;
    if (spelling_->is_national) charset_ = "utf8mb3";
    MYSQL_SYNC_RETURN_IF_ERROR(read_arguments());
    while (read_attribute()) {
    }
    apply_charset();
    return std::move(type_);
  }

 private:
  /// The longest known name that starts with `first`; nullptr if there is none.
  const Spelling* read_name(std::string name) {
    const Spelling* spelling = find_spelling(name);
    while (spelling != nullptr) {
      const std::string next = scanner_.peek_word();
      name.append(1, ' ').append(next);
      const Spelling* longer = next.empty() ? nullptr : find_spelling(name);
      if (longer == nullptr) break;
      scanner_.word();
      spelling = longer;
    }
    return spelling;
  }

  Status read_arguments() {
    if (spelling_->arguments == A::kMembers) return read_members();
    if (!scanner_.accept('(')) {
      return spelling_->arguments == A::kRequiredLength ? malformed("length missing") : apply_numbers(0);
    }
    size_t count = 0;
    do {
      if (count == numbers_.size()) return malformed("too many numbers");
      if (!scanner_.number(&numbers_[count++])) return malformed("number expected");
    } while (scanner_.accept(','));
    if (!scanner_.accept(')')) return malformed("closing parenthesis missing");
    return apply_numbers(count);
  }

  Status apply_numbers(size_t count) {
    switch (spelling_->arguments) {
      case A::kDecimal:
        return apply_decimal(count);
      case A::kFloat:
        return apply_float(count);
      case A::kDouble:
        return count == 1 ? malformed("two numbers expected") : Status();
      case A::kFraction:
        return apply_fraction(count);
      case A::kYear:
        if (count == 1 && numbers_[0] == 2) type_.length = 2;
        return count > 1 ? malformed("one number expected") : Status();
      case A::kIgnored:
        if (count > 0) type_.declared = spelling_->name;
        return {};
      case A::kSize:
        return apply_size(count);
      case A::kWidth:
      case A::kLength:
      case A::kRequiredLength:
        return apply_length(count);
      default:
        return count == 0 ? Status() : malformed("no number expected");
    }
  }

  Status apply_length(size_t count) {
    if (count > 1) return malformed("one number expected");
    if (count == 0) return {};
    if (numbers_[0] > spelling_->maximum) return malformed("length out of range");
    type_.length = numbers_[0];
    if (type_.kind == K::kBit && type_.length == 0) type_.length = 1;  // as MySQL does
    return {};
  }

  /// MySQL allows decimal(65,30), MariaDB (65,38); decimal(0) means decimal(10).
  Status apply_decimal(size_t count) {
    const uint64_t precision = count == 0 || numbers_[0] == 0 ? 10 : numbers_[0];
    const uint64_t scale = count < 2 ? 0 : numbers_[1];
    if (precision > 65 || scale > 38 || scale > precision)
      return malformed("precision or scale out of range");
    type_.precision = static_cast<uint8_t>(precision);
    type_.scale = static_cast<uint8_t>(scale);
    return {};
  }

  Status apply_float(size_t count) {
    if (count != 1) return {};
    if (numbers_[0] > 53) return malformed("precision out of range");
    if (numbers_[0] > 24) type_.kind = K::kDouble;
    return {};
  }

  Status apply_fraction(size_t count) {
    // Before MySQL 5.6 TIMESTAMP(14) had a display width.
    if (count == 0 || (count == 1 && numbers_[0] > 6 && type_.kind == K::kTimestamp)) return {};
    if (count > 1 || numbers_[0] > 6) return malformed("fraction out of range");
    type_.fraction = static_cast<uint8_t>(numbers_[0]);
    return {};
  }

  Status apply_size(size_t count) {
    if (count > 1) return malformed("one number expected");
    if (count == 0 || numbers_[0] == 0) return {};
    for (const uint64_t size : {kTiny, kPlain, kMedium, kLong}) {
      type_.length = size;
      if (numbers_[0] <= size) break;
    }
    return {};
  }

  Status read_members() {
    if (!scanner_.accept('(')) return malformed("members missing");
    do {
      std::string member;
      if (scanner_.hex(&member))
        in_binary_.push_back(type_.members.size());
      else if (!scanner_.string(&member))
        return malformed("member expected");
      if (type_.members.size() == spelling_->maximum) return malformed("too many members");
      while (!member.empty() && member.back() == ' ') member.pop_back();  // as CREATE TABLE does
      type_.members.push_back(std::move(member));
    } while (scanner_.accept(','));
    return scanner_.accept(')') ? Status() : malformed("closing parenthesis missing");
  }

  /// One attribute that belongs to the type; false at the first word that does not (NOT NULL, DEFAULT …).
  bool read_attribute() {
    const std::string word = scanner_.peek_word();
    if (word == "unsigned" || word == "zerofill") {
      type_.is_unsigned = type_.kind != K::kYear;
    } else if (word == "byte") {
      charset_ = "binary";
    } else if (word == "ascii") {
      charset_ = "latin1";
    } else if (word == "unicode") {
      charset_ = "ucs2";
    } else if (word == "charset" || word == "character" || word == "char") {
      return read_charset();
    } else if (word != "signed" && word != "compressed" && word != "binary") {
      return false;
    }
    scanner_.word();
    return true;
  }

  /// CHARSET x or CHARACTER SET x, the name quoted or not.
  bool read_charset() {
    if (scanner_.word() != "charset" && scanner_.word() != "set") return false;
    scanner_.accept('=');
    std::string name;
    if (!scanner_.string(&name)) name = scanner_.word();
    charset_.clear();
    for (const char c : name) charset_ += lower(c);
    return !charset_.empty();
  }

  void apply_charset() {
    for (const size_t label : in_binary_) {
      const std::string bytes = type_.members[label];
      label_text(bytes, charset_, &type_.members[label]);
    }
    if (charset_ == "binary") become_binary(type_);
    if (has_charset(type_.kind)) type_.charset = charset_;
  }

  Status malformed(const char* why) const {
    constexpr size_t kShown = 200;
    return {ErrorCode::kCorrupt,
            "malformed column type \"" + type_.declared.substr(0, kShown) + "\": " + why};
  }

  Scanner scanner_;
  std::string charset_;
  const Spelling* spelling_ = nullptr;
  std::array<uint64_t, 2> numbers_ = {};
  std::vector<size_t> in_binary_;  ///< members that are bytes of the character set
  ColumnType type_;
};

}  // namespace

std::optional<size_t> TableSchema::find_column(std::string_view name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (same_name(columns[i].name, name)) return i;
  }
  return std::nullopt;
}

Result<ColumnType> parse_column_type(std::string_view declared, std::string_view charset) {
  return TypeParser(trim(declared), charset).parse();
}

}  // namespace mysql_sync
