#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace mscomm {

/// One of libcurl's remarks (CURLINFO_TEXT) after a request was sent over HTTP/2.
struct Http2Remark {
  enum class Kind {
    headers,    ///< the request's headers are ready to be sent
    stream,     ///< the request has stream `number`
    goaway,     ///< the server processes no stream above `number` (RFC 9113 section 6.8)
    refused,    ///< the stream was refused (RFC 9113 section 8.7); libcurl sends again
    ended,      ///< there was no answer; libcurl sends again, or gives up
    downgrade,  ///< the stream was refused for want of HTTP/1.1, by which libcurl sends again
    passing,    ///< says nothing about what became of the request
    unknown,
  };
  Kind kind = Kind::unknown;
  std::uint32_t number = 0;
};

/// Reads the texts of libcurl 7.85 to 8; everything else is unknown.
Http2Remark read_http2_remark(std::string_view text);

/// Whether a server has left a request over HTTP/2 unprocessed, so that sending it again cannot do
/// it twice. libcurl's result codes do not tell; its remarks do, and what they leave open counts as
/// processed.
class StreamFate {
 public:
  /// Of the request with that handle, which must outlive it.
  explicit StreamFate(CURL* handle) noexcept : handle_(handle) {}

  /// The request is about to be sent, perhaps again.
  void sending() noexcept;

  /// Takes a remark on the request's handle, see `round` at went_on(). Returns the last stream that
  /// the server processes when the remark is about that. libcurl makes it only to the request for
  /// which it was reading; it holds for all with the same connection(), see went_away().
  std::optional<std::uint32_t> remark(std::string_view text, std::uint64_t round);

  /// libcurl has read or written for the request without an error (CURLOPT_XFERINFOFUNCTION), in
  /// that call of curl_multi_socket_action(3). An answer that ends before it begins is such a
  /// reading, a stream that was refused is an error; both in one call are in doubt. Need not be
  /// told of idempotent requests.
  void went_on(std::uint64_t round) noexcept { went_on_in_ = round; }

  /// The server processes no stream above `last` of the connection that this one is on.
  void went_away(std::uint32_t last) noexcept;

  /// Tells the connections of one client apart. nullptr: nobody shares it, for there is none now or
  /// it is without TLS, where libcurl 7.88 takes a connection of HTTP/2 for one request.
  [[nodiscard]] const void* connection() const noexcept;

  /// Whether the request has a stream, which has not ended.
  [[nodiscard]] bool has_stream() const noexcept { return stream_ && !has_ended_; }

  /// Whether the request was not sent after all, as its connection took no more streams.
  [[nodiscard]] bool was_held_back() const noexcept {
    return has_headers_ && !stream_ && has_ended_;
  }

  /// Whether the server wants the request by HTTP/1.1 (RFC 9113 section 7), which does not say that
  /// it did not process it.
  [[nodiscard]] bool wants_http1_1() const noexcept { return wants_http1_1_; }

  /// Whether the request was certainly not processed, as far as is known.
  [[nodiscard]] bool is_unprocessed() const noexcept { return is_unprocessed_; }

  /// As is_unprocessed(), for a transfer without an answer that ended with `code`.
  [[nodiscard]] bool is_unprocessed(CURLcode code) const noexcept;

  /// The final status that came, also if no header was delivered: libcurl 7.88 may lose an answer
  /// that comes while the request is being sent, but not its status. 0: none.
  [[nodiscard]] int status() const;

 private:
  [[nodiscard]] bool is_silent() const noexcept;

  CURL* handle_;
  std::uint64_t went_on_in_ = 0;
  bool has_headers_ = false;
  std::optional<std::uint32_t> stream_;
  bool is_unprocessed_ = false;
  bool has_ended_ = false;
  bool was_refused_ = false;      ///< so libcurl said
  bool may_say_refused_ = false;  ///< libcurl may remember a refusal that it did not tell
  bool wants_http1_1_ = false;
  bool has_unknown_ = false;  ///< a remark that may explain what became of the stream
};

}  // namespace mscomm
