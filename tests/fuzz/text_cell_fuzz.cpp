// A type declaration and a cell of it, as a source might send them: neither may crash, and what decodes must
// be of the kind the type map promises. Input: the declaration up to the first NUL, then the cell.
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string_view>

#include "core/types/cell_reader.hpp"

namespace {

using namespace mysql_sync;  // NOLINT(google-build-using-namespace)

constexpr const char* kCharsets[] = {"utf8mb4", "latin1", "gbk",   "sjis",  "ujis", "big5",
                                     "gb18030", "utf16",  "ascii", "euckr", "utf32"};

void decode(const ColumnType& type, std::string_view cell) {
  Arena arena;
  Value value;
  const TypeMapping mapping = map_type(type);
  const Result<CellReader> reader = CellReader::create(type);
  if (!reader.ok()) return;
  const Status status = reader->read(cell, arena, value);
  if (status.ok() && mapping.carried && value.kind() != mapping.value) std::abort();
  if (value.holds_bytes()) {
    for (const char c : value.as_bytes()) {
      if (value.kind() == ValueKind::kDecimal && c != '-' && c != '.' && (c < '0' || c > '9')) std::abort();
    }
  }
}

/// Made once each: to open one costs more than to convert.
const CharsetConverter& converter_of(std::string_view charset) {
  static std::map<std::string_view, Result<CharsetConverter>> opened;
  auto found = opened.find(charset);
  if (found == opened.end()) found = opened.emplace(charset, CharsetConverter::create(charset)).first;
  if (!found->second.ok()) std::abort();
  return *found->second;
}

void convert(std::string_view charset, std::string_view cell) {
  const CharsetConverter& converter = converter_of(charset);
  Arena arena;
  const std::string_view utf8 = converter.to_utf8(cell, arena);
  if (utf8.size() > cell.size() * 3) std::abort();
  TextScanner scanner(utf8, true);
  size_t bytes = 0;
  for (TextPiece piece; scanner.next(&piece);) {
    bytes += piece.kind == TextPiece::Kind::kText      ? piece.text.size()
             : piece.kind == TextPiece::Kind::kInvalid ? piece.size * kEscapeSize
                                                       : 1;
  }
  if (charset != "utf8mb4" && bytes != utf8.size()) std::abort();  // all else is valid UTF-8
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\0');
  if (end == std::string_view::npos) return 0;
  const std::string_view declared = input.substr(0, end), cell = input.substr(end + 1);
  const Result<ColumnType> type = parse_column_type(declared, kCharsets[size % std::size(kCharsets)]);
  if (type.ok()) decode(*type, cell);
  convert(kCharsets[size % std::size(kCharsets)], cell);
  return 0;
}
