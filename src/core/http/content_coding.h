#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/http.h"
#include "core/runtime/error.h"
#include "core/runtime/unpacker.h"

namespace mscomm {

/// The value of Accept-Encoding: the codings that can be undone here, for example "gzip, deflate,
/// br, zstd".
const std::string& accepted_codings();

/// Thrown for a body that is not packed as its headers say; what() says so.
class UndecodableBody final : public Error {
 public:
  explicit UndecodableBody(const Error& reason);
};

/// Undoes the codings of a response's body (RFC 9110 section 8.4), in bounded memory: what swells
/// is handed on in pieces, and stops where the taker stops.
///
/// This is not left to libcurl, which stops after the first member of gzip, does not notice data
/// that ends early, and reports what a server did wrong as a failure to write (curl issue 22156).
class BodyDecoder {
 public:
  /// `headers` name the codings. Throws UndecodableBody for a coding that is unknown or whose
  /// library is not installed, and for more codings than any server applies.
  explicit BodyDecoder(const HttpHeaders& headers);

  /// Hands on what the next bytes of the body become, piece by piece, until `take` returns false.
  /// Returns whether that is all; if not, the caller repeats the bytes later, with or without more
  /// behind them, and it goes on where it was. It stops by itself now and then, so that nothing
  /// else has to wait for a body that swells. Throws UndecodableBody for data that is not so
  /// encoded, and what `take` throws.
  bool feed(std::string_view packed, const std::function<bool(std::string_view)>& take);

  /// Whether the body may end here. A body of no bytes is whole, too.
  [[nodiscard]] bool is_whole() const;

  /// The bytes that were taken.
  [[nodiscard]] std::uint64_t packed_bytes() const { return packed_bytes_; }

 private:
  struct Layer {
    std::unique_ptr<Unpacker> unpacker;
    std::vector<char> room;  ///< for what it makes
    std::string_view rest;   ///< of what it was given
  };

  void add_layer(std::string_view coding);
  std::string_view next_piece();
  std::string_view next(std::size_t layer);

  std::vector<Layer> layers_;  ///< the last one makes the body
  std::string_view packed_;    ///< of the bytes that feed() was given
  std::size_t repeated_ = 0;   ///< how many bytes of the next call were taken already
  std::uint64_t packed_bytes_ = 0;
};

}  // namespace mscomm
