#pragma once

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/body_receiver.h"
#include "core/http/curl_info.h"
#include "core/http/curl_request.h"
#include "core/http/http.h"
#include "core/http/http_client_options.h"
#include "core/http/stream_fate.h"
#include "core/http/tls_watch.h"
#include "core/telemetry/log.h"

namespace mscomm {

/// One exchange through libcurl: turns the result of a CurlRequest into the exchange's response or
/// failure. The handle points to this object, so it must not move.
class CurlTransfer {
 public:
  using List = std::vector<std::shared_ptr<CurlTransfer>>;

  /// What those of one client have in common.
  struct Client {
    List transfers;           ///< under way; they may share connections
    std::uint64_t round = 0;  ///< counts the calls of curl_multi_socket_action(3)
  };

  CurlTransfer(HttpExchange& exchange, const HttpClientOptions& options, Log log,
               const Client& client);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;
  ~CurlTransfer() = default;

  [[nodiscard]] CURL* handle() const noexcept { return request_.handle(); }
  [[nodiscard]] HttpExchange& exchange() const noexcept { return exchange_; }

  /// The descriptor that its sink waits for, see BodySink::blocked_on().
  [[nodiscard]] int blocked_on() const { return body_.blocked_on(); }
  /// Whether it only makes a pause, so that others get on, and is to be resumed at once.
  [[nodiscard]] bool is_resting() const { return body_.is_paused() && blocked_on() < 0; }
  /// Call when `blocked_on()` is writable, or it is resting: resumes the sink, then the transfer.
  void resume();

  /// When the transfer will have stalled, or come to its end while its request cannot be sent, if
  /// no byte moves until then. Bytes that moved since the last call count as moved `now`.
  [[nodiscard]] Deadline stalls_at(TimePoint now);

  /// Prepares sending it again: forgets the last response.
  void begin_again();

  /// Prepares sending it once more if libcurl's result says that the server has left it
  /// unprocessed (RFC 9113 section 8.7), as long as there is time, at most kMostResends times with
  /// what libcurl sends again itself. Else returns false: call finish().
  bool begin_resend(CURLcode code);

  /// Turns libcurl's result into the exchange's response and failure. Throws what the sink threw.
  void finish(CURLcode code);
  /// As finish(), for a transfer that has stalled.
  void finish_stalled();

 private:
  static constexpr unsigned kMostResends = 5;

  void set_callbacks();
  void reset();
  void set_deadline();

  void header_line(std::string_view line);
  void end_of_headers();
  std::size_t take_body(std::string_view piece);
  [[nodiscard]] bool reads_head() const;
  [[nodiscard]] bool lasts_until_close() const;
  [[nodiscard]] std::string_view missing_end() const;
  void note_remark(std::string_view text);
  void refuse(HttpFailure failure);
  void read_tls();
  [[nodiscard]] bool misses_certificate() const;
  [[nodiscard]] bool may_send_again() const;
  [[nodiscard]] bool is_sending() const;
  [[nodiscard]] bool is_lost_with_connection(CURLcode code) const;
  [[nodiscard]] std::string phase() const;
  HttpFailure failure(CURLcode code) const;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent);
  static int on_request(void* self, char*, char*, int, int);
  static int on_debug(CURL* handle, curl_infotype type, char* data, std::size_t size, void* self);

  HttpExchange& exchange_;
  const HttpClientOptions& options_;
  Log log_;
  const Client& client_;
  CurlRequest request_;
  StreamFate fate_;  ///< of the last send
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  std::exception_ptr thrown_;  ///< by the sink; waits for finish()
  std::optional<HttpFailure> refusal_;
  std::size_t header_bytes_ = 0;
  unsigned sends_ = 0;
  Duration before_{};               ///< what earlier sends took, unless libcurl sent again
  unsigned connects_ = 0;           ///< for those
  bool is_resent_ = false;          ///< by begin_resend()
  bool is_not_sent_again_ = false;  ///< a resend by libcurl was aborted
  curl_off_t progress_ = 0;         ///< bytes of bodies in both directions, as on the wire
  bool has_moved_ = false;
  bool has_stalled_ = false;
  std::optional<TimePoint> moved_at_;  ///< absent until the request could be sent
  bool in_body_ = false;
  bool is_answered_ = false;  ///< the body is as long as its Content-Length
  bool is_switched_ = false;  ///< status 101: the connection no longer speaks HTTP
  bool is_chunked_ = false;   ///< as far as that matters
  BodyReceiver body_{exchange_, options_};
  TlsWatch tls_;
};

}  // namespace mscomm
