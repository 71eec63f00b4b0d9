// Every rule was seen to hold on MySQL 5.6, MySQL 9 and MariaDB 10.11. What the source refuses under a strict
// sql_mode needs no rule: the statement is not logged.
#include "core/ddl/type_change.hpp"

#include <algorithm>
#include <bitset>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>

#include "core/ddl/charset_clause.hpp"
#include "core/ddl/sql_lexer.hpp"
#include "core/types/charset.hpp"

namespace mysql_sync::ddl {

namespace {

using K = TypeKind;

constexpr uint64_t kLongest = 0xFFFFFFFF;  // of LONGTEXT and LONGBLOB, in bytes

bool is_integer(K kind) { return kind <= K::kBigint; }

/// FLOAT(7,3) rounds what it stores; the two numbers show only in the spelling.
std::string rounding(const ColumnType& type) {
  if (type.kind != K::kFloat && type.kind != K::kDouble) return {};
  const size_t open = type.declared.find('('), comma = type.declared.find(',');
  if (open == std::string::npos || comma == std::string::npos) return {};
  std::string numbers = type.declared.substr(open, type.declared.find(')') - open);
  numbers.erase(std::remove(numbers.begin(), numbers.end(), ' '), numbers.end());
  return numbers;
}

/// Labels may be added at the end: the numbers of those that rows hold stay.
bool keeps_members(const ColumnType& before, const ColumnType& after) {
  return before.members.size() <= after.members.size() &&
         std::equal(before.members.begin(), before.members.end(), after.members.begin());
}

// --- numbers ---

unsigned bits_of(K integer) {
  constexpr unsigned kBits[] = {8, 16, 24, 32, 64};
  return kBits[static_cast<size_t>(integer)];
}

/// Bits of the largest number, the sign left out.
unsigned magnitude_bits(const ColumnType& integer) {
  return bits_of(integer.kind) - (integer.is_unsigned ? 0 : 1);
}

unsigned digits_of(const ColumnType& integer) {
  constexpr unsigned kDigits[] = {3, 5, 8, 10, 20};
  return kDigits[static_cast<size_t>(integer.kind)];
}

/// No negative number comes to an unsigned column: a strict source refuses it.
bool keeps_sign(const ColumnType& before, const ColumnType& after, bool strict) {
  return strict || !after.is_unsigned || before.is_unsigned;
}

bool integer_to_integer(const ColumnType& before, const ColumnType& after, bool strict) {
  return strict || (keeps_sign(before, after, strict) && magnitude_bits(before) <= magnitude_bits(after));
}

bool integer_to_decimal(const ColumnType& before, const ColumnType& after, bool strict) {
  const unsigned whole_digits = after.precision - after.scale;
  return strict || (keeps_sign(before, after, strict) && digits_of(before) <= whole_digits);
}

bool integer_to_float(const ColumnType& before, const ColumnType& after, bool strict) {
  const unsigned exact_bits = after.kind == K::kFloat ? 24 : 53;
  return rounding(after).empty() && keeps_sign(before, after, strict) && magnitude_bits(before) <= exact_bits;
}

/// Both round halves away from zero.
bool decimal_to_decimal(const ColumnType& before, const ColumnType& after, bool strict) {
  return strict || (keeps_sign(before, after, strict) && before.scale <= after.scale &&
                    before.precision - before.scale <= after.precision - after.scale);
}

bool decimal_to_integer(const ColumnType& before, const ColumnType&, bool strict) {
  return strict && before.scale == 0;
}

bool float_to_float(const ColumnType& before, const ColumnType& after, bool strict) {
  const bool widens = before.kind == after.kind || after.kind == K::kDouble;
  return widens && rounding(before) == rounding(after) && keeps_sign(before, after, strict);
}

/// Zeros in front do not show in a bit value, and come to it.
bool bits_to_bits(const ColumnType& before, const ColumnType& after, bool strict) {
  return strict || before.length <= after.length;
}

bool bits_to_integer(const ColumnType& before, const ColumnType& after, bool strict) {
  return strict || before.length <= magnitude_bits(after);
}

/// Of a negative number all 64 bits are ones, which a strict source refuses where they do not fit.
bool integer_to_bits(const ColumnType& before, const ColumnType& after, bool strict) {
  return strict || (before.is_unsigned && bits_of(before.kind) <= after.length);
}

bool year_to_integer(const ColumnType& before, const ColumnType& after, bool strict) {
  return before.length == 4 && (strict || after.kind != K::kTinyint);
}

// --- dates and times ---

bool finer(const ColumnType& before, const ColumnType& after, bool) {
  return before.fraction <= after.fraction;
}
bool always(const ColumnType&, const ColumnType&, bool) { return true; }

/// The time of the day is cut. Where there are digits of a second, MySQL rounds to the next day.
bool to_date(const ColumnType& before, const ColumnType&, bool) { return before.fraction == 0; }

// --- text ---

/// A set of one byte a character is its own inverse, Unicode holds every character; in others, several
/// characters of Unicode may become one.
bool is_invertible(const std::string& charset) {
  return is_unicode(charset) || character_size(charset).largest == 1;
}

/// No character becomes another one. A strict source refuses what the new set does not have.
bool keeps_characters(const ColumnType& before, const ColumnType& after, bool strict) {
  if (same_charset(before.charset, after.charset)) return true;
  if (character_size(before.charset).largest == 0 || !charset_is_known(before.charset)) return false;
  if (!is_invertible(after.charset)) return false;
  const bool has_all_characters =
      is_unicode(after.charset) && (to_lower(before.charset) == "latin1" ||
                                    (same_charset(before.charset, "utf8mb3") && after.charset == "utf8mb4"));
  return strict || has_all_characters;
}

/// Bytes that the longest value may need in the new type.
uint64_t bytes_needed(const ColumnType& before, const ColumnType& after) {
  const CharacterSize old_size = character_size(before.charset), new_size = character_size(after.charset);
  if (before.kind != K::kText) return before.length * std::max(1U, new_size.largest);
  if (same_charset(before.charset, after.charset)) return before.length;
  return before.length / std::max(1U, old_size.smallest) * new_size.largest;
}

/// Into CHAR and VARCHAR: a strict source refuses what is too long, but for trailing spaces of a TEXT, which
/// both sides cut.
bool to_characters(const ColumnType& before, const ColumnType& after, bool strict) {
  const bool fits = before.kind != K::kText && before.length <= after.length;
  return (strict || fits) && keeps_characters(before, after, strict);
}

/// Into TEXT, the target of which knows no length: some sources cut what is too long even when strict.
bool to_text(const ColumnType& before, const ColumnType& after, bool strict) {
  const bool fits = bytes_needed(before, after) <= after.length || after.length == kLongest;
  return fits && keeps_characters(before, after, strict);
}

uint64_t characters(const std::string& utf8) {
  return static_cast<uint64_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

/// Characters of the longest text of an ENUM or SET.
uint64_t longest_members(const ColumnType& type) {
  uint64_t longest = 0, all = 0;
  for (const std::string& member : type.members) {
    longest = std::max(longest, characters(member));
    all += characters(member) + 1;
  }
  return type.kind == K::kEnum || all == 0 ? longest : all - 1;
}

bool fits_text(uint64_t length, const ColumnType& after, bool strict) {
  if (after.kind != K::kText) return strict || length <= after.length;
  return length * character_size(after.charset).largest <= after.length;
}

bool members_to_text(const ColumnType& before, const ColumnType& after, bool strict) {
  return fits_text(longest_members(before), after, strict) && keeps_characters(before, after, strict);
}

/// ZEROFILL shows in the text and not in the number.
bool is_plain_number_as_text(const ColumnType& before, uint64_t length, const ColumnType& after,
                             bool strict) {
  return to_lower(before.declared).find("zerofill") == std::string::npos &&
         fits_text(length, after, strict) && character_size(after.charset).largest > 0;
}

bool integer_to_text(const ColumnType& before, const ColumnType& after, bool strict) {
  return is_plain_number_as_text(before, digits_of(before) + 1, after, strict);
}

/// With all digits behind the point, and a zero before it; sign and point beside the digits.
bool decimal_to_text(const ColumnType& before, const ColumnType& after, bool strict) {
  return is_plain_number_as_text(before, before.precision + 3U, after, strict);
}

/// The spaces at the end of a text do not count in a CHAR, on both sides.
bool to_char(const ColumnType& before, const ColumnType& after, bool strict) {
  return after.length > 0 && to_characters(before, after, strict);
}

// --- enum and set ---

/// The source looks labels up by their text, in the new column's collation: where each label is there as it
/// was, it is found. (Labels that a collation takes for one are refused by a strict source.)
bool has_member(const ColumnType& type, const std::string& label) {
  return std::find(type.members.begin(), type.members.end(), label) != type.members.end();
}
bool has_all_members(const ColumnType& before, const ColumnType& after) {
  return std::all_of(before.members.begin(), before.members.end(),
                     [&](const std::string& label) { return has_member(after, label); });
}

/// The letters and digits of a label, as all collations tell them apart: without case, I, J and Y as one
/// letter (Lithuanian, Latin), and U, V and W (Latin, Swedish). Nothing for what is not ASCII.
std::optional<std::bitset<128>> letters_of(const std::string& label) {
  std::bitset<128> letters;
  for (const char c : to_lower(label)) {
    if ((c & 0x80) != 0) return std::nullopt;
    const bool counts = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (counts) letters.set(c == 'j' || c == 'y' ? 'i' : c == 'v' || c == 'w' ? 'u' : static_cast<size_t>(c));
  }
  return letters;
}

/// No collation takes one for the other.
bool surely_differ(const std::string& a, const std::string& b) {
  const auto letters = letters_of(a), others = letters_of(b);
  return letters && others && *letters != *others;
}

bool has_letter(const std::string& label) {
  return std::any_of(label.begin(), label.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

/// A strict source refuses a row whose label is gone, unless it finds another one by the label's text in the
/// collation of the column, or by its number, if it is one.
bool loses_only_unused(const ColumnType& before, const ColumnType& after) {
  return std::all_of(before.members.begin(), before.members.end(), [&](const std::string& label) {
    return has_member(after, label) ||
           (has_letter(label) &&
            std::all_of(after.members.begin(), after.members.end(),
                        [&](const std::string& other) { return surely_differ(label, other); }));
  });
}

bool enum_to_enum(const ColumnType& before, const ColumnType& after, bool strict) {
  const bool labels = keeps_members(before, after) ||
                      (strict && (has_all_members(before, after) || loses_only_unused(before, after)));
  return labels && keeps_characters(before, after, strict);
}

/// A value's labels are written in the order of the type. Labels that are gone are no matter here.
bool keeps_order(const ColumnType& before, const ColumnType& after) {
  auto at = after.members.begin();
  for (const std::string& label : before.members) {
    if (!has_member(after, label)) continue;
    at = std::find(at, after.members.end(), label);
    if (at == after.members.end()) return false;
    ++at;
  }
  return true;
}

bool set_to_set(const ColumnType& before, const ColumnType& after, bool strict) {
  const bool all = has_all_members(before, after) || loses_only_unused(before, after);
  const bool labels = keeps_members(before, after) || (strict && all && keeps_order(before, after));
  return labels && keeps_characters(before, after, strict);
}

// --- bytes ---

bool to_bytes(const ColumnType& before, const ColumnType& after, bool strict) {
  const bool refused = strict && before.kind == K::kVarbinary && after.kind == K::kVarbinary;
  return refused || before.length <= after.length;
}

// --- the rules ---

using Kinds = uint32_t;

constexpr Kinds kinds(std::initializer_list<K> list) {
  Kinds all = 0;
  for (const K kind : list) all |= Kinds{1} << static_cast<unsigned>(kind);
  return all;
}
bool holds(Kinds all, K kind) { return (all >> static_cast<unsigned>(kind) & 1) != 0; }
static_assert(static_cast<size_t>(K::kUnknown) < 32);

constexpr Kinds kIntegers = kinds({K::kTinyint, K::kSmallint, K::kMediumint, K::kInt, K::kBigint});
constexpr Kinds kTexts = kinds({K::kChar, K::kVarchar, K::kText});

struct Rule {
  Kinds before, after;
  bool (*exact)(const ColumnType& before, const ColumnType& after, bool strict);
};

/// What is not here is for the source to tell: BINARY pads; how it reads a number in a text ("1e2", " 12x")
/// or writes one of a FLOAT; TIMESTAMP depends on time zones, whose rules need not be the same on both sides;
/// …
constexpr Rule kRules[] = {
    {kIntegers, kIntegers, integer_to_integer},
    {kIntegers, kinds({K::kDecimal}), integer_to_decimal},
    {kIntegers, kinds({K::kFloat, K::kDouble}), integer_to_float},
    {kIntegers, kTexts, integer_to_text},
    {kinds({K::kDecimal}), kinds({K::kDecimal}), decimal_to_decimal},
    {kinds({K::kDecimal}), kIntegers, decimal_to_integer},
    {kinds({K::kFloat, K::kDouble}), kinds({K::kFloat, K::kDouble}), float_to_float},
    {kinds({K::kDecimal}), kTexts, decimal_to_text},
    {kinds({K::kBit}), kinds({K::kBit}), bits_to_bits},
    {kinds({K::kBit}), kIntegers, bits_to_integer},
    {kIntegers, kinds({K::kBit}), integer_to_bits},
    {kinds({K::kYear}), kIntegers, year_to_integer},
    {kinds({K::kDate}), kinds({K::kDatetime}), always},
    {kinds({K::kDatetime}), kinds({K::kDatetime}), finer},
    {kinds({K::kDatetime}), kinds({K::kDate}), to_date},
    {kinds({K::kTimestamp}), kinds({K::kTimestamp}), finer},
    {kinds({K::kTime}), kinds({K::kTime}), finer},
    {kTexts, kinds({K::kChar}), to_char},
    {kTexts, kinds({K::kVarchar}), to_characters},
    {kTexts, kinds({K::kText}), to_text},
    {kinds({K::kEnum, K::kSet}), kTexts, members_to_text},
    {kinds({K::kEnum}), kinds({K::kEnum}), enum_to_enum},
    {kinds({K::kSet}), kinds({K::kSet}), set_to_set},
    {kinds({K::kBinary, K::kVarbinary}), kinds({K::kVarbinary, K::kBlob}), to_bytes},
    {kinds({K::kBlob}), kinds({K::kBlob}), to_bytes},
};

}  // namespace

bool keeps_values(const ColumnType& before, const ColumnType& after) {
  if (before.kind != after.kind || before.is_unsigned != after.is_unsigned) return false;
  if (before.kind == K::kUnknown) return equals_ignoring_case(before.declared, after.declared);
  const bool length_is_display = is_integer(before.kind) || before.kind == K::kYear;
  return (length_is_display || before.length == after.length) && before.precision == after.precision &&
         before.scale == after.scale && before.fraction == after.fraction &&
         same_charset(before.charset, after.charset) && keeps_members(before, after) &&
         rounding(before) == rounding(after);
}

TypeChange type_change(const ColumnType& before, const ColumnType& after, bool lenient) {
  if (keeps_values(before, after)) return TypeChange::kNoValueChanges;
  for (const Rule& rule : kRules) {
    if (holds(rule.before, before.kind) && holds(rule.after, after.kind))
      return rule.exact(before, after, !lenient) ? TypeChange::kTargetCanConvert : TypeChange::kReload;
  }
  return TypeChange::kReload;
}

bool loses_parts(const ColumnType& before, const ColumnType& after) {
  return (before.kind == K::kDatetime && after.kind == K::kDate) ||
         (before.kind != K::kChar && after.kind == K::kChar) ||
         (before.kind == K::kBit && after.kind == K::kBit && before.length != after.length);
}

bool rounds(const ColumnType& type) { return !rounding(type).empty(); }

bool keeps_form(const ColumnType& before, const ColumnType& after) {
  if (loses_parts(before, after)) return false;
  if (after.kind == K::kFloat || after.kind == K::kDouble) return before.kind == after.kind;
  if (before.kind == K::kText && after.kind != K::kText) return false;
  if (before.kind == K::kDate) return after.kind == K::kDate;
  return before.scale == after.scale && before.fraction == after.fraction;
}

}  // namespace mysql_sync::ddl
