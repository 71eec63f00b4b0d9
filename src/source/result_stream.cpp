#include <vector>

#include "source/client_library.hpp"
#include "source/connection.hpp"
#include "source/result_stream_impl.hpp"

namespace mysql_sync::source {

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

}  // namespace mysql_sync::source
