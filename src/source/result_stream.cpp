#include <chrono>
#include <vector>

#include "source/client_library.hpp"
#include "source/connection.hpp"
#include "source/result_stream_impl.hpp"

namespace mysql_sync::source {
namespace {

/// Keys are left out: they change nothing in what a cell is.
constexpr unsigned kTypeFlags =
    UNSIGNED_FLAG | ZEROFILL_FLAG | BINARY_FLAG | ENUM_FLAG | SET_FLAG | BLOB_FLAG;

/// MariaDB's names of types that the protocol does not know: uuid, inet6, json.
std::string named_type(const MYSQL_FIELD& field) {
  std::string names;
  for (const auto attribute : {MARIADB_FIELD_ATTR_DATA_TYPE_NAME, MARIADB_FIELD_ATTR_FORMAT_NAME}) {
    MARIADB_CONST_STRING name = {nullptr, 0};
    if (mariadb_field_attr(&name, &field, attribute) == 0 && name.str != nullptr)
      names.append(name.str, name.length);
    names += '/';
  }
  return names;
}

std::string mark_of(const MYSQL_FIELD& field) {
  std::string mark;
  for (const unsigned long part :
       {static_cast<unsigned long>(field.type), field.length, static_cast<unsigned long>(field.decimals),
        static_cast<unsigned long>(field.charsetnr), static_cast<unsigned long>(field.flags & kTypeFlags)})
    mark += std::to_string(part) + "/";
  return mark + named_type(field) + ((field.flags & NOT_NULL_FLAG) != 0 ? "!" : "?");
}

}  // namespace

std::vector<std::string> marks_of(MYSQL_RES* result) {
  std::vector<std::string> marks;
  if (result == nullptr) return marks;
  const MYSQL_FIELD* fields = mysql_fetch_fields(result);
  for (size_t i = 0; i < mysql_num_fields(result); ++i) marks.push_back(mark_of(fields[i]));
  return marks;
}

ResultStream::Impl::Impl(std::shared_ptr<ClientSession> its_session, MYSQL_RES* its_result)
    : session(std::move(its_session)), result(its_result) {
  if (result == nullptr) return;
  session->streaming = true;
  cells.resize(mysql_num_fields(result));
}

ResultStream::Impl::~Impl() {
  // Freeing a result reads what is left of it, which may be a whole table: hang up first.
  if (result != nullptr) session->abandon();
  finish();
}

void ResultStream::Impl::finish() {
  if (result == nullptr) return;
  mysql_free_result(result);
  result = nullptr;
  session->streaming = false;
}

ResultStream::ResultStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResultStream::ResultStream(ResultStream&&) noexcept = default;
ResultStream& ResultStream::operator=(ResultStream&&) noexcept = default;
ResultStream::~ResultStream() = default;

size_t ResultStream::column_count() const { return impl_->cells.size(); }

std::vector<std::string> ResultStream::column_marks() const { return marks_of(impl_->result); }

Result<const TextCell*> ResultStream::next() {
  Impl& impl = *impl_;
  if (impl.result == nullptr) return static_cast<const TextCell*>(nullptr);
  const Result<MYSQL_ROW> fetched = impl.session->fetch_row(impl.result);
  if (!fetched.ok() || *fetched == nullptr) {
    impl.finish();
    if (!fetched.ok()) return fetched.status();
    return static_cast<const TextCell*>(nullptr);
  }
  const unsigned long* lengths = mysql_fetch_lengths(impl.result);
  for (size_t i = 0; i < impl.cells.size(); ++i) {
    const char* text = (*fetched)[i];
    if (text == nullptr)
      impl.cells[i].reset();
    else
      impl.cells[i].emplace(text, lengths[i]);
  }
  return static_cast<const TextCell*>(impl.cells.data());
}

/// Reads and drops rows until the last one, a failure, or the end of patience.
void ResultStream::Impl::read_rest(size_t short_bytes) {
  ClientSession::Patience& patience = *session->patience;
  size_t bytes = 0;
  while (result != nullptr) {
    const Result<MYSQL_ROW> row = session->fetch_row(result);
    if (!row.ok() || *row == nullptr) return finish();
    const unsigned long* lengths = mysql_fetch_lengths(result);
    for (size_t i = 0; i < cells.size(); ++i) bytes += lengths[i] + 1;
    if (bytes > short_bytes && !patience.ended && !session->hurry()) return;
    if (patience.ended && std::chrono::steady_clock::now() > patience.until) return;
  }
}

bool ResultStream::read_to_end(size_t short_bytes, int short_ms, const std::function<bool()>& end) {
  Impl& impl = *impl_;
  if (impl.result == nullptr) return !impl.session->broken();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(short_ms);
  impl.session->patience = ClientSession::Patience{until, end};
  impl.read_rest(short_bytes);
  impl.session->patience.reset();
  return impl.result == nullptr && !impl.session->broken();
}

}  // namespace mysql_sync::source
