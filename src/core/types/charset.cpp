#include "core/types/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mysql_sync {

namespace {

/// Characters `first` to `last` (their bytes, most significant first) that MySQL maps to `code_point` and on.
struct Patch {
  uint32_t first, last, code_point;
};

/// Which bytes make one character: needed to find patches, and the end of a sequence that iconv refuses.
enum class Form : uint8_t {
  kOne,
  kGb2312,
  kGbk,
  kGb18030,
  kBig5,
  kEuckr,
  kSjis,
  kUjis,
  kTwoBytes,
  kUtf16,
  kUtf16le,
  kFourBytes
};

struct PatchList {
  const Patch* begin = nullptr;
  const Patch* end = nullptr;
};

template <size_t count>
constexpr PatchList list(const Patch (&patches)[count]) {
  return {patches, patches + count};
}

// The patches were found by converting every sequence of one, two and three bytes (and of four in gb18030)
// with MariaDB 10.11, MySQL 5.6 and 9.7 (CONVERT(CONVERT(x USING set) USING utf8mb4)) and with glibc 2.36,
// and keeping the differences. Bytes that only iconv knows are left to it: the server has '?' or U+FFFD for
// them.
constexpr Patch kLatin1[] = {{0x81, 0x81, 0x81}, {0x8D, 0x8D, 0x8D}, {0x8F, 0x90, 0x8F}, {0x9D, 0x9D, 0x9D}};
constexpr Patch kGreek[] = {{0xA1, 0xA1, 0x2BD}, {0xA2, 0xA2, 0x2BC}};
constexpr Patch kHebrew[] = {{0xAF, 0xAF, 0x203E}};
constexpr Patch kCp866[] = {{0xFC, 0xFC, 0x207F}, {0xFD, 0xFD, 0xB2}};
constexpr Patch kKoi8u[] = {{0x95, 0x95, 0x2022}};
constexpr Patch kArmscii8[] = {
    {0xA1, 0xA1, 0x2741}, {0xA2, 0xA2, 0xA7}, {0xAD, 0xAD, 0x55F}, {0xFE, 0xFE, 0x2019}, {0xFF, 0xFF, 0x27}};
constexpr Patch kGeostd8[] = {{0x80, 0x80, 0x20AC}, {0xFD, 0xFD, 0x2116}};
constexpr Patch kMacroman[] = {{0xC6, 0xC6, 0x2206}, {0xF0, 0xF0, 0xF8FF}};
constexpr Patch kDec8[] = {{0xA0, 0xA0, 0xA0}};
constexpr Patch kSwe7[] = {{0x24, 0x24, 0x24}};
// The brothers Kamenicky's set: that of the IBM PC with other letters in it.
constexpr Patch kKeybcs2[] = {
    {0x80, 0x80, 0x10C}, {0x83, 0x83, 0x10F}, {0x85, 0x85, 0x10E}, {0x86, 0x86, 0x164}, {0x87, 0x87, 0x10D},
    {0x88, 0x88, 0x11B}, {0x89, 0x89, 0x11A}, {0x8A, 0x8A, 0x139}, {0x8B, 0x8B, 0xCD},  {0x8C, 0x8C, 0x13E},
    {0x8D, 0x8D, 0x13A}, {0x8F, 0x8F, 0xC1},  {0x91, 0x91, 0x17E}, {0x92, 0x92, 0x17D}, {0x95, 0x95, 0xD3},
    {0x96, 0x96, 0x16F}, {0x97, 0x97, 0xDA},  {0x98, 0x98, 0xFD},  {0x9B, 0x9B, 0x160}, {0x9C, 0x9C, 0x13D},
    {0x9D, 0x9D, 0xDD},  {0x9E, 0x9E, 0x158}, {0x9F, 0x9F, 0x165}, {0xA4, 0xA4, 0x148}, {0xA5, 0xA5, 0x147},
    {0xA6, 0xA6, 0x16E}, {0xA7, 0xA7, 0xD4},  {0xA8, 0xA8, 0x161}, {0xA9, 0xA9, 0x159}, {0xAA, 0xAA, 0x155},
    {0xAB, 0xAB, 0x154}};
constexpr Patch kSjis[] = {{0x815F, 0x815F, 0x5C},   {0x8160, 0x8160, 0x301C}, {0x8161, 0x8161, 0x2016},
                           {0x817C, 0x817C, 0x2212}, {0x8191, 0x8192, 0xA2},   {0x81CA, 0x81CA, 0xAC}};
constexpr Patch kUjis[] = {{0xA1C0, 0xA1C0, 0x5C},     {0xA1C1, 0xA1C1, 0x301C},  {0xA1C2, 0xA1C2, 0x2016},
                           {0xA1DD, 0xA1DD, 0x2212},   {0xA1F1, 0xA1F2, 0xA2},    {0xA2CC, 0xA2CC, 0xAC},
                           {0x8FA2B7, 0x8FA2B7, 0x7E}, {0x8FA2C3, 0x8FA2C3, 0xA6}};
constexpr Patch kBig5[] = {
    {0xA145, 0xA145, 0x2022}, {0xA14E, 0xA14E, 0xFF64}, {0xA1C2, 0xA1C2, 0x203E}, {0xA1E3, 0xA1E3, 0x223C},
    {0xA1F2, 0xA1F2, 0x2641}, {0xA1F3, 0xA1F3, 0x2609}, {0xA241, 0xA241, 0xFF0F}, {0xA242, 0xA242, 0xFF3C},
    {0xA244, 0xA244, 0xA5},   {0xA246, 0xA247, 0xA2},   {0xC6A1, 0xC6A1, 0x30FE}, {0xC6A2, 0xC6A3, 0x309D},
    {0xC6A4, 0xC6A4, 0x3005}, {0xC6A5, 0xC6F7, 0x3041}, {0xC6F8, 0xC6FE, 0x30A1}, {0xC740, 0xC77E, 0x30A8},
    {0xC7A1, 0xC7B0, 0x30E7}, {0xC7B1, 0xC7B2, 0x414},  {0xC7B3, 0xC7B3, 0x401},  {0xC7B4, 0xC7BA, 0x416},
    {0xC7BB, 0xC7CD, 0x423},  {0xC7CE, 0xC7CE, 0x451},  {0xC7CF, 0xC7E8, 0x436},  {0xC7E9, 0xC7F2, 0x2460},
    {0xC7F3, 0xC7FC, 0x2474}};
// MySQL has the edition of 2005, glibc the amended one.
constexpr Patch kGb18030[] = {
    {0xA6D9, 0xA6DF, 0xE78D},         {0xA6EC, 0xA6ED, 0xE794},         {0xA6F3, 0xA6F3, 0xE796},
    {0xFE51, 0xFE53, 0xE816},         {0xFE59, 0xFE59, 0xE81E},         {0xFE61, 0xFE61, 0xE826},
    {0xFE66, 0xFE67, 0xE82B},         {0xFE6C, 0xFE6D, 0xE831},         {0xFE76, 0xFE76, 0xE83B},
    {0xFE7E, 0xFE7E, 0xE843},         {0xFE90, 0xFE91, 0xE854},         {0xFEA0, 0xFEA0, 0xE864},
    {0x82359037, 0x82359039, 0x9FB4}, {0x82359130, 0x82359134, 0x9FB7}, {0x84318236, 0x84318239, 0xFE10},
    {0x84318330, 0x84318335, 0xFE14}};

}  // namespace

/// One character set: MySQL's name, iconv's (empty: bytes pass through), and what to correct.
struct CharsetRow {
  std::string_view mysql;
  const char* iconv;
  Form form = Form::kOne;
  PatchList patches = {};
};

namespace {

constexpr CharsetRow kCharsets[] = {
    {"", ""},
    {"binary", ""},
    {"utf8mb4", ""},
    {"utf8mb3", ""},
    {"utf8", ""},
    {"ascii", "ASCII"},
    {"latin1", "CP1252", Form::kOne, list(kLatin1)},
    {"latin2", "ISO-8859-2"},
    {"latin5", "ISO-8859-9"},
    {"latin7", "ISO-8859-13"},
    {"greek", "ISO-8859-7", Form::kOne, list(kGreek)},
    {"hebrew", "ISO-8859-8", Form::kOne, list(kHebrew)},
    {"cp850", "CP850"},
    {"cp852", "CP852"},
    {"cp866", "CP866", Form::kOne, list(kCp866)},
    {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},
    {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},
    {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U", Form::kOne, list(kKoi8u)},
    {"tis620", "ISO-8859-11"},
    {"armscii8", "ARMSCII-8", Form::kOne, list(kArmscii8)},
    {"geostd8", "GEORGIAN-PS", Form::kOne, list(kGeostd8)},
    {"macroman", "MACINTOSH", Form::kOne, list(kMacroman)},
    {"macce", "MAC-CENTRALEUROPE"},
    {"dec8", "DEC-MCS", Form::kOne, list(kDec8)},
    {"hp8", "HP-ROMAN8"},
    {"keybcs2", "CP437", Form::kOne, list(kKeybcs2)},
    {"swe7", "SEN_850200_C", Form::kOne, list(kSwe7)},
    {"gbk", "GBK", Form::kGbk},
    {"gb2312", "GB2312", Form::kGb2312},
    {"gb18030", "GB18030", Form::kGb18030, list(kGb18030)},
    {"big5", "BIG5", Form::kBig5, list(kBig5)},
    {"sjis", "CP932", Form::kSjis, list(kSjis)},
    {"cp932", "CP932", Form::kSjis},
    {"ujis", "EUC-JP-MS", Form::kUjis, list(kUjis)},
    {"eucjpms", "EUC-JP-MS", Form::kUjis},
    {"euckr", "UHC", Form::kEuckr},
    {"ucs2", "UCS-2BE", Form::kTwoBytes},
    {"utf16", "UTF-16BE", Form::kUtf16},
    {"utf16le", "UTF-16LE", Form::kUtf16le},
    {"utf32", "UTF-32BE", Form::kFourBytes},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view name, std::string_view lower_case) {
  if (name.size() != lower_case.size()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (lower(name[i]) != lower_case[i]) return false;
  }
  return true;
}

const CharsetRow* find_row(std::string_view name) {
  for (const CharsetRow& row : kCharsets) {
    if (same_name(name, row.mysql)) return &row;
  }
  return nullptr;
}

Status unknown_charset(std::string_view name) {
  return {ErrorCode::kUnsupported, "character set \"" + std::string(name) + "\" is not supported"};
}

/// Writes a character of the basic plane as UTF-8; gives the bytes written, 1 to 3.
uint8_t encode_utf8(uint32_t code_point, char* to) {
  if (code_point < 0x80) {
    to[0] = static_cast<char>(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    to[0] = static_cast<char>(0xC0 | code_point >> 6);
    to[1] = static_cast<char>(0x80 | (code_point & 0x3F));
    return 2;
  }
  to[0] = static_cast<char>(0xE0 | code_point >> 12);
  to[1] = static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
  to[2] = static_cast<char>(0x80 | (code_point & 0x3F));
  return 3;
}

const Patch* find_patch(const PatchList& patches, uint32_t sequence) {
  for (const Patch* patch = patches.begin; patch != patches.end; ++patch) {
    if (sequence >= patch->first && sequence <= patch->last) return patch;
  }
  return nullptr;
}

struct ByteRange {
  uint8_t first, last;
  bool has(uint8_t byte) const { return byte >= first && byte <= last; }
};

/// Lead bytes and the two ranges of trail bytes of a set with characters of two bytes.
struct DoubleByte {
  ByteRange lead, trail, more_trail;
  bool has(uint8_t first, uint8_t second) const {
    return lead.has(first) && (trail.has(second) || more_trail.has(second));
  }
};

constexpr DoubleByte kGb2312Form{{0xA1, 0xF7}, {0xA1, 0xFE}, {0xA1, 0xFE}};
constexpr DoubleByte kGbkForm{{0x81, 0xFE}, {0x40, 0x7E}, {0x80, 0xFE}};
constexpr DoubleByte kBig5Form{{0xA1, 0xF9}, {0x40, 0x7E}, {0xA1, 0xFE}};
constexpr DoubleByte kEuckrForm{{0x81, 0xFE}, {0x41, 0x7A}, {0x81, 0xFE}};
constexpr DoubleByte kSjisForm{{0x81, 0x9F}, {0x40, 0x7E}, {0x80, 0xFC}};
constexpr DoubleByte kSjisForm2{{0xE0, 0xFC}, {0x40, 0x7E}, {0x80, 0xFC}};
constexpr DoubleByte kEucForm{{0xA1, 0xFE}, {0xA1, 0xFE}, {0xA1, 0xFE}};
constexpr DoubleByte kEucKanaForm{{0x8E, 0x8E}, {0xA1, 0xDF}, {0xA1, 0xDF}};
constexpr ByteRange kDigits{'0', '9'}, kGb18030Lead{0x81, 0xFE};

/// Up to four bytes, zero beyond the end.
struct Sequence {
  uint8_t byte[4] = {};
  Sequence(std::string_view bytes, size_t at) {
    for (size_t i = 0; i < 4 && at + i < bytes.size(); ++i) byte[i] = static_cast<uint8_t>(bytes[at + i]);
  }
};

size_t two_if(bool holds) { return holds ? 2 : 1; }

size_t ujis_width(const Sequence& s) {
  if (s.byte[0] == 0x8F && kEucForm.has(s.byte[1], s.byte[2])) return 3;
  return two_if(kEucForm.has(s.byte[0], s.byte[1]) || kEucKanaForm.has(s.byte[0], s.byte[1]));
}

size_t gb18030_width(const Sequence& s) {
  const bool four = kGb18030Lead.has(s.byte[0]) && kDigits.has(s.byte[1]) && kGb18030Lead.has(s.byte[2]) &&
                    kDigits.has(s.byte[3]);
  return four ? 4 : two_if(kGbkForm.has(s.byte[0], s.byte[1]));
}

/// By the upper bytes of two units.
bool is_surrogate_pair(uint8_t first, uint8_t second) {
  return (first & 0xFC) == 0xD8 && (second & 0xFC) == 0xDC;
}

/// Bytes of the sequence at `at` that has the form of a character, whether it is one or not; a byte that
/// begins none stands alone. Not more than there are.
size_t width_at(Form form, std::string_view bytes, size_t at) {
  const Sequence s(bytes, at);
  switch (form) {
    case Form::kOne:
      return 1;
    case Form::kGb2312:
      return two_if(kGb2312Form.has(s.byte[0], s.byte[1]));
    case Form::kGbk:
      return two_if(kGbkForm.has(s.byte[0], s.byte[1]));
    case Form::kGb18030:
      return gb18030_width(s);
    case Form::kBig5:
      return two_if(kBig5Form.has(s.byte[0], s.byte[1]));
    case Form::kEuckr:
      return two_if(kEuckrForm.has(s.byte[0], s.byte[1]));
    case Form::kSjis:
      return two_if(kSjisForm.has(s.byte[0], s.byte[1]) || kSjisForm2.has(s.byte[0], s.byte[1]));
    case Form::kUjis:
      return ujis_width(s);
    case Form::kTwoBytes:
      return std::min<size_t>(2, bytes.size() - at);
    case Form::kUtf16:
      return is_surrogate_pair(s.byte[0], s.byte[2]) ? 4 : std::min<size_t>(2, bytes.size() - at);
    case Form::kUtf16le:
      return is_surrogate_pair(s.byte[1], s.byte[3]) ? 4 : std::min<size_t>(2, bytes.size() - at);
    case Form::kFourBytes:
      return std::min<size_t>(4, bytes.size() - at);
  }
  return 1;
}

constexpr size_t kLongestUnit = 4;

bool is_wide(Form form) { return form >= Form::kTwoBytes; }

/// True if every byte is below 0x80.
bool is_ascii(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  uint64_t seen = 0;
  for (; end - at >= 8; at += 8) {
    uint64_t chunk;
    std::memcpy(&chunk, at, 8);
    seen |= chunk;
  }
  for (; at < end; ++at) seen |= static_cast<uint8_t>(*at);
  return (seen & 0x8080808080808080) == 0;
}

char* write_escapes(std::string_view bytes, char* to) {
  for (size_t i = 0; i < bytes.size(); ++i, to += kEscapeSize)
    write_escape(static_cast<uint8_t>(bytes[i]), i == 0, to);
  return to;
}

uint32_t sequence_at(std::string_view bytes, size_t at, size_t width) {
  uint32_t sequence = 0;
  for (size_t i = 0; i < width; ++i) sequence = sequence << 8 | static_cast<uint8_t>(bytes[at + i]);
  return sequence;
}

}  // namespace

/// Characters of one byte, and those of two by their first byte, looked up when it first comes.
struct CharsetConverter::Rows {
  Table single;
  std::array<std::unique_ptr<Table>, 256> pairs;
};

/// An iconv descriptor to UTF-8 that closes itself.
struct CharsetConverter::Descriptor {
  explicit Descriptor(const char* from) : handle(iconv_open("UTF-8", from)) {}
  ~Descriptor() {
    if (open()) iconv_close(handle);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool open() const { return handle != reinterpret_cast<iconv_t>(-1); }
  void reset() const { iconv(handle, nullptr, nullptr, nullptr, nullptr); }

  iconv_t handle;
};

CharsetConverter::CharsetConverter() = default;
CharsetConverter::CharsetConverter(CharsetConverter&&) noexcept = default;
CharsetConverter& CharsetConverter::operator=(CharsetConverter&&) noexcept = default;
CharsetConverter::~CharsetConverter() = default;

Result<CharsetConverter> CharsetConverter::create(std::string_view mysql_charset) {
  const CharsetRow* row = find_row(mysql_charset);
  if (row == nullptr) return unknown_charset(mysql_charset);
  CharsetConverter converter;
  converter.row_ = row;
  if (*row->iconv == '\0') return converter;
  MYSQL_SYNC_RETURN_IF_ERROR(converter.open(*row));
  return converter;
}

bool is_utf8_charset(std::string_view mysql_charset) {
  const CharsetRow* row = find_row(mysql_charset);
  return row != nullptr && *row->iconv == '\0';
}

bool reads_alike(std::string_view mysql_charset, std::string_view other) {
  const CharsetRow *a = find_row(mysql_charset), *b = find_row(other);
  if (a == nullptr || b == nullptr) return mysql_charset == other;
  const bool is_binary = a->mysql == "binary" || b->mysql == "binary";
  return a == b || (!is_binary && *a->iconv == '\0' && *b->iconv == '\0');
}

bool charset_is_known(std::string_view mysql_charset) { return CharsetConverter::create(mysql_charset).ok(); }

/// A look-up per character is many times faster than iconv per cell, which has to be set up anew.
Status CharsetConverter::open(const CharsetRow& row) {
  descriptor_ = std::make_unique<Descriptor>(row.iconv);
  if (!descriptor_->open()) return unknown_charset(row.mysql);
  rows_ = std::make_unique<Rows>();
  for (uint32_t byte = 0; byte < 256; ++byte) rows_->single[byte] = look_up({static_cast<uint8_t>(byte)}, 1);
  keeps_ascii_ = !is_wide(row.form);
  for (uint32_t byte = 0; byte < 0x80; ++byte) {
    const Utf8Char& entry = rows_->single[byte];
    keeps_ascii_ &= entry.length == 1 && static_cast<uint8_t>(entry.bytes[0]) == byte;
  }
  return {};
}

/// Length 0 where the character takes more than three bytes, or is none.
CharsetConverter::Utf8Char CharsetConverter::look_up(std::array<uint8_t, 2> bytes, size_t width) const {
  char unit[2] = {static_cast<char>(bytes[0]), static_cast<char>(bytes[1])};
  char result[kLongestUnit * kEscapeSize];
  const size_t length = static_cast<size_t>(convert_unit({unit, width}, result) - result);
  Utf8Char entry;
  if (length > sizeof(entry.bytes)) return entry;
  entry.length = static_cast<uint8_t>(length);
  std::memcpy(entry.bytes, result, length);
  return entry;
}

const CharsetConverter::Table& CharsetConverter::row_of(uint8_t lead) const {
  std::unique_ptr<Table>& row = rows_->pairs[lead];
  if (row != nullptr) return *row;
  row = std::make_unique<Table>();
  for (uint32_t trail = 0; trail < 256; ++trail)
    (*row)[trail] = look_up({lead, static_cast<uint8_t>(trail)}, 2);
  return *row;
}

/// One sequence that has the form of a character; gives the end of what it wrote.
char* CharsetConverter::convert_unit(std::string_view unit, char* to) const {
  const uint32_t sequence = sequence_at(unit, 0, unit.size());
  if (const Patch* patch = find_patch(row_->patches, sequence))
    return to + encode_utf8(patch->code_point + (sequence - patch->first), to);
  char* in = const_cast<char*>(unit.data());  // iconv's signature; it does not write there
  char* end = to;
  size_t in_left = unit.size(), room = kLongestUnit * kEscapeSize;
  if (iconv(descriptor_->handle, &in, &in_left, &end, &room) != static_cast<size_t>(-1)) return end;
  descriptor_->reset();
  return write_escapes(unit, to);
}

size_t CharsetConverter::character_width(std::string_view bytes, size_t at) const {
  return rows_ == nullptr ? 1 : width_at(row_->form, bytes, at);
}

std::string_view CharsetConverter::to_utf8(std::string_view bytes, Arena& scratch) const {
  if (rows_ == nullptr || (keeps_ascii_ && is_ascii(bytes))) return bytes;
  constexpr size_t kAtOnce = size_t{1} << 16;
  if (bytes.size() <= kAtOnce) {
    char* to = scratch.allocate_array<char>(bytes.size() * kEscapeSize);
    return {to, static_cast<size_t>(convert(bytes, 0, bytes.size(), to).end - to)};
  }
  std::string text;
  const auto window = std::make_unique<char[]>((kAtOnce + kLongestUnit) * kEscapeSize);
  for (size_t at = 0; at < bytes.size();) {
    const Progress done = convert(bytes, at, std::min(at + kAtOnce, bytes.size()), window.get());
    text.append(window.get(), done.end);
    at = done.next;
  }
  return scratch.copy(text);
}

/// The loop of convert() for sets where each byte is a character.
CharsetConverter::Progress CharsetConverter::convert_single(std::string_view bytes, size_t at, size_t stop,
                                                            char* to) const {
  for (; at < stop; ++at) {
    const Utf8Char entry = rows_->single[static_cast<uint8_t>(bytes[at])];
    std::memcpy(to, entry.bytes, sizeof(entry.bytes));
    to += entry.length;
  }
  return {at, to};
}

/// What begins in [at, stop); the last character may end behind it.
CharsetConverter::Progress CharsetConverter::convert(std::string_view bytes, size_t at, size_t stop,
                                                     char* to) const {
  if (row_->form == Form::kOne) return convert_single(bytes, at, stop, to);
  while (at < stop) {
    const size_t width = width_at(row_->form, bytes, at);
    const auto lead = static_cast<uint8_t>(bytes[at]);
    Utf8Char entry;
    if (width == 1) entry = rows_->single[lead];
    if (width == 2) entry = row_of(lead)[static_cast<uint8_t>(bytes[at + 1])];
    std::memcpy(to, entry.bytes, sizeof(entry.bytes));
    to = entry.length > 0 ? to + entry.length : convert_unit(bytes.substr(at, width), to);
    at += width;
  }
  return {at, to};
}

}  // namespace mysql_sync
