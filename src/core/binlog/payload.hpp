// The events inside a Transaction_payload (MySQL 8.0.20 and later, binlog_transaction_compression).
#pragma once

#include <memory>
#include <string_view>

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"

namespace mysql_sync::binlog {

/// Takes the events out one after another. Decompresses as it goes, so that it needs the memory of one event
/// and not of the transaction. Not thread-safe.
class PayloadReader {
 public:
  /// The payload's bytes must outlive the reader.
  static Result<PayloadReader> create(const TransactionPayloadEvent& payload);

  PayloadReader(PayloadReader&&) noexcept;
  PayloadReader& operator=(PayloadReader&&) noexcept;
  ~PayloadReader();

  /// The next event, for EventDecoder::decode_embedded(); it lives until the next call. False after the last
  /// one. kCorrupt if the bytes are not events or not of the size the payload says; kUnsupported for an
  /// event of more than 1 GiB, the limit of MySQL itself.
  Result<bool> next(std::string_view* event);

 private:
  struct Impl;
  explicit PayloadReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mysql_sync::binlog
