#include "core/binlog/payload.hpp"

#include <zstd.h>

#include <algorithm>
#include <string>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_body.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr size_t kHeaderSize = 19;
constexpr size_t kSizeOffset = 9;  // of the event's size in its header
constexpr size_t kMaxEventSize = size_t{1} << 30;
constexpr size_t kStep = size_t{1} << 20;  // the buffer grows by what arrives, not by what a header promises
constexpr size_t kKeptBuffer = size_t{16} << 20;

enum PayloadField : uint8_t { kEnd = 0, kPayloadSize = 1, kCompression = 2, kUncompressedSize = 3 };
enum PayloadCompression : uint8_t { kZstdCode = 0, kNoneCode = 255 };

}  // namespace

/// Fields of type, length, value, then the payload: codecs/binary.cpp in libs/mysql/binlog/event of
/// mysql/mysql-server.
Result<EventBody> decode_transaction_payload(const EventBytes& event) {
  ByteReader reader(event.body);
  TransactionPayloadEvent payload;
  uint64_t size = UINT64_MAX;
  uint64_t compression = UINT64_MAX;
  for (uint64_t field = reader.length_encoded(); field != kEnd && !reader.failed();
       field = reader.length_encoded()) {
    ByteReader value(reader.length_encoded_bytes());
    if (field == kPayloadSize) size = value.length_encoded();
    if (field == kCompression) compression = value.length_encoded();
    if (field == kUncompressedSize) payload.uncompressed_size = value.length_encoded();
    if (value.failed()) reader.fail();
  }
  if (reader.failed() || size > reader.remaining()) return malformed_event("transaction payload");
  if (compression != kZstdCode && compression != kNoneCode) {
    return Status(ErrorCode::kUnsupported,
                  "unknown compression " + std::to_string(compression) + " of a transaction in the binlog");
  }
  payload.compression = compression == kZstdCode ? TransactionPayloadEvent::Compression::kZstd
                                                 : TransactionPayloadEvent::Compression::kNone;
  payload.payload = reader.bytes(static_cast<size_t>(size));
  return EventBody(payload);
}

struct PayloadReader::Impl {
  struct FreeContext {
    void operator()(ZSTD_DCtx* freed) const { ZSTD_freeDCtx(freed); }
  };

  Status fill(size_t wanted);
  Status read_plain(size_t room);
  Status read_compressed(size_t room);
  Status next_size(size_t* size);
  Status finish() const;

  std::unique_ptr<ZSTD_DCtx, FreeContext> context;  // none: not compressed
  std::string_view input;
  uint64_t expected = 0;  // bytes in all, 0: not known
  uint64_t produced = 0;
  bool frame_open = false;
  std::string buffer;
  size_t filled = 0;  // bytes of the current event in `buffer`
};

/// Makes the first `wanted` bytes of the current event available; fewer at the end of the payload.
Status PayloadReader::Impl::fill(size_t wanted) {
  while (filled < wanted && (!input.empty() || frame_open)) {
    const size_t room = std::min(wanted - filled, kStep);
    if (buffer.size() < filled + room) buffer.resize(filled + room);
    const size_t before = filled;
    MYSQL_SYNC_RETURN_IF_ERROR(context ? read_compressed(room) : read_plain(room));
    if (filled == before && input.empty()) break;
  }
  return {};
}

Status PayloadReader::Impl::read_plain(size_t room) {
  const size_t length = std::min(room, input.size());
  std::copy_n(input.data(), length, buffer.data() + filled);
  input.remove_prefix(length);
  filled += length;
  produced += length;
  return {};
}

Status PayloadReader::Impl::read_compressed(size_t room) {
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  ZSTD_outBuffer out{buffer.data() + filled, room, 0};
  const size_t result = ZSTD_decompressStream(context.get(), &out, &in);
  if (ZSTD_isError(result) != 0) {
    return {ErrorCode::kCorrupt, "malformed compressed transaction in the binlog", ZSTD_getErrorName(result)};
  }
  frame_open = result != 0;
  input.remove_prefix(in.pos);
  filled += out.pos;
  produced += out.pos;
  return {};
}

/// Size of the current event, from its header; 0 at the end of the payload.
Status PayloadReader::Impl::next_size(size_t* size) {
  MYSQL_SYNC_RETURN_IF_ERROR(fill(kHeaderSize));
  *size = 0;
  if (filled == 0) return finish();
  if (filled < kHeaderSize) return malformed_event("transaction payload");
  *size = ByteReader{std::string_view{buffer}.substr(kSizeOffset)}.u32();
  if (*size < kHeaderSize) return malformed_event("transaction payload");
  if (*size > kMaxEventSize) return {ErrorCode::kUnsupported, "binlog event of more than 1 GiB"};
  return {};
}

Status PayloadReader::Impl::finish() const {
  const bool wrong_size = expected != 0 && produced != expected;
  return wrong_size || frame_open ? malformed_event("transaction payload") : Status();
}

PayloadReader::PayloadReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PayloadReader::PayloadReader(PayloadReader&&) noexcept = default;
PayloadReader& PayloadReader::operator=(PayloadReader&&) noexcept = default;
PayloadReader::~PayloadReader() = default;

Result<PayloadReader> PayloadReader::create(const TransactionPayloadEvent& payload) {
  auto impl = std::make_unique<Impl>();
  impl->input = payload.payload;
  impl->expected = payload.uncompressed_size;
  if (payload.compression == TransactionPayloadEvent::Compression::kZstd) {
    impl->context.reset(ZSTD_createDCtx());
    if (!impl->context) return Status(ErrorCode::kInternal, "out of memory for zstd");
  }
  return PayloadReader(std::move(impl));
}

Result<bool> PayloadReader::next(std::string_view* event) {
  Impl& impl = *impl_;
  impl.filled = 0;
  if (impl.buffer.size() > kKeptBuffer) std::string().swap(impl.buffer);
  size_t size = 0;
  MYSQL_SYNC_RETURN_IF_ERROR(impl.next_size(&size));
  if (size == 0) return false;
  MYSQL_SYNC_RETURN_IF_ERROR(impl.fill(size));
  if (impl.filled < size) return malformed_event("transaction payload");
  *event = std::string_view{impl.buffer}.substr(0, size);
  return true;
}

}  // namespace mysql_sync::binlog
