#include "core/http/curl_transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/http/curl_error.h"
#include "core/http/curl_info.h"
#include "core/http/curl_text.h"
#include "core/http/http2_failure.h"
#include "core/http/response_head.h"
#include "core/runtime/redact.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// More than any real server sends (clients stop at 16 KiB to 256 KiB), less than the limit of newer
// versions of libcurl.
constexpr std::size_t kMaxHeaderBytes = std::size_t{256} << 10U;

}  // namespace

CurlTransfer::CurlTransfer(HttpExchange& exchange, const HttpClientOptions& options, Log log,
                           const Client& client)
    : exchange_(exchange),
      options_(options),
      log_(log),
      client_(client),
      request_(exchange.request, options),
      fate_(request_.handle()) {
  set_callbacks();
  set_deadline();
}

void CurlTransfer::set_callbacks() {
  request_.set(CURLOPT_ERRORBUFFER, error_text_.data());
  request_.set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  request_.set(CURLOPT_HEADERDATA, this);
  request_.set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  request_.set(CURLOPT_WRITEDATA, this);
  request_.set(CURLOPT_PREREQFUNCTION, &CurlTransfer::on_request);
  request_.set(CURLOPT_PREREQDATA, this);
  // on_header() and on_body() report the other bytes at lower cost.
  const bool has_others = exchange_.request.body || !exchange_.request.form.empty();
  const bool is_watched =
      request_.may_speak_http2() && (has_others || !is_idempotent(exchange_.request.method));
  if ((options_.stall_timeout > Duration::zero() && has_others) || is_watched) {
    request_.set(CURLOPT_NOPROGRESS, 0L);
    request_.set(CURLOPT_XFERINFOFUNCTION, &CurlTransfer::on_progress);
    request_.set(CURLOPT_XFERINFODATA, this);
  }
  tls_.watch(request_);
  request_.set(CURLOPT_DEBUGFUNCTION, &CurlTransfer::on_debug);
  request_.set(CURLOPT_DEBUGDATA, this);
  request_.set(CURLOPT_VERBOSE, log_.enabled(LogLevel::info) ? 1L : 0L);
}

void CurlTransfer::set_deadline() {
  const auto left = exchange_.deadline.left(std::chrono::steady_clock::now());
  request_.set(CURLOPT_TIMEOUT_MS, left ? curl_milliseconds(*left) : 0L);
}

void CurlTransfer::begin_again() {
  sends_ = 0;
  connects_ = 0;
  before_ = {};
  reset();
}

void CurlTransfer::reset() {
  error_text_[0] = '\0';
  thrown_ = nullptr;
  refusal_.reset();
  header_bytes_ = 0;
  is_resent_ = false;
  is_not_sent_again_ = false;
  progress_ = 0;
  has_moved_ = false;
  has_stalled_ = false;
  moved_at_.reset();
  in_body_ = false;
  is_answered_ = false;
  is_switched_ = false;
  is_chunked_ = false;
  body_.begin_again();
  tls_.begin_again();
  if (request_.may_speak_http2() && !log_.enabled(LogLevel::info)) {
    request_.set(CURLOPT_VERBOSE, 0L);  // until it is sent
  }
  set_deadline();
}

void CurlTransfer::resume() {
  bool goes_on = true;
  try {
    goes_on = body_.resume();
  } catch (...) {
    thrown_ = std::current_exception();  // rethrown at the next piece of the body
  }
  if (goes_on) {
    body_.go_on();
    has_moved_ = true;
    CurlLibrary::get().easy_pause(request_.handle(), CURLPAUSE_CONT);
  }
}

Deadline CurlTransfer::stalls_at(TimePoint now) {
  if (std::exchange(has_moved_, false)) {
    moved_at_ = now;
  }
  if (!moved_at_ || body_.is_paused()) {
    return {};
  }
  if (is_answered_ && is_sending()) {
    constexpr auto kMoment = Milliseconds(200);
    return Deadline(*moved_at_ + kMoment);
  }
  const bool may_stall = options_.stall_timeout > Duration::zero();
  return may_stall ? Deadline(*moved_at_ + options_.stall_timeout) : Deadline();
}

void CurlTransfer::header_line(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    refuse(
        {HttpFault::too_large, Exit::failed, "the headers are too large: more than 256 KiB", ""});
  }
  line = without_line_end(line);
  if (in_body_) {
    return;  // trailers are ignored
  }
  auto& response = exchange_.response;
  if (line.empty()) {
    if (!reads_head()) {
      response.status = static_cast<int>(curl_info<long>(handle(), CURLINFO_RESPONSE_CODE));
      response.reason = reason_phrase(response.status);
    }
    end_of_headers();
    return;
  }
  is_chunked_ = is_chunked_ || (tls_.has_tls() && announces_chunks(line));
  if (reads_head()) {
    add_head_line(response, line);
  }
}

// The headers tell how a body is packed.
bool CurlTransfer::reads_head() const {
  return !exchange_.wants_status_only || options_.compressed;
}

void CurlTransfer::end_of_headers() {
  auto& response = exchange_.response;
  is_switched_ = response.status == 101;
  if (response.status >= 100 && response.status < 200 && !is_switched_) {
    clear_head(response);  // the final response follows (RFC 9110 section 15.2)
    is_chunked_ = false;
    return;
  }
  in_body_ = true;
  if (const auto bad = bad_content_length(response.headers)) {
    refuse({HttpFault::protocol, Exit::unreachable,
            fmt::format("the answer is not HTTP: invalid Content-Length: {}", *bad), ""});
    return;
  }
  const auto length = curl_info<curl_off_t>(handle(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
  is_answered_ = length == 0;
  if (auto refusal = body_.refusal_of_length(static_cast<std::uint64_t>(std::max(length, {})))) {
    refuse(*std::move(refusal));
    return;
  }
  if (!exchange_.wants_status_only) {
    response.remote = remote_of(handle(), options_.unix_socket);
    read_tls();
  }
  if (exchange_.sink != nullptr) {
    exchange_.sink->begin(response);
  }
}

std::size_t CurlTransfer::take_body(std::string_view piece) {
  if (thrown_) {
    return 0;
  }
  switch (body_.take(piece)) {
    case BodyReceiver::Verdict::taken:
      is_answered_ = curl_info<curl_off_t>(handle(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) ==
                     static_cast<curl_off_t>(body_.received_bytes());
      return piece.size();
    case BodyReceiver::Verdict::later:
      return CURL_WRITEFUNC_PAUSE;
    case BodyReceiver::Verdict::refused:
      refuse(body_.refusal());
  }
  return 0;
}

// A body whose end nothing but the end of the connection marks (RFC 9112 section 6.3).
bool CurlTransfer::lasts_until_close() const {
  const auto status = exchange_.response.status;
  const bool has_none =
      exchange_.request.method == "HEAD" || status < 200 || status == 204 || status == 304;
  return !has_none && !is_chunked_ &&
         curl_info<long>(handle(), CURLINFO_HTTP_VERSION) <= CURL_HTTP_VERSION_1_1 &&
         curl_info<curl_off_t>(handle(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T) < 0;
}

// Why a body that libcurl takes for whole may be cut; empty when it is whole.
std::string_view CurlTransfer::missing_end() const {
  if (!body_.is_whole()) {
    return "what is packed in it is cut short";
  }
  return tls_.is_cut() && lasts_until_close()
             ? "the connection ended, TLS did not (no close_notify), so it may be cut short"
             : "";
}

void CurlTransfer::refuse(HttpFailure failure) {
  failure.message = fmt::format("{}: {}", exchange_.request.title(), failure.message);
  refusal_ = std::move(failure);
}

// Callbacks from C: an exception waits in thrown_ until finish().
std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.has_moved_ = true;
  try {
    transfer.header_line({data, size * count});
  } catch (...) {
    transfer.thrown_ = std::current_exception();
    return 0;
  }
  // After 101 the bytes belong to another protocol, which has no end that HTTP defines.
  return transfer.refusal_ || transfer.is_switched_ ? 0 : size * count;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.has_moved_ = true;
  try {
    return transfer.take_body({data, size * count});
  } catch (...) {
    transfer.thrown_ = std::current_exception();
    return 0;
  }
}

int CurlTransfer::on_progress(void* self, curl_off_t, curl_off_t received, curl_off_t,
                              curl_off_t sent) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.has_moved_ = transfer.has_moved_ || received + sent != transfer.progress_;
  transfer.progress_ = received + sent;
  transfer.fate_.went_on(transfer.client_.round);
  return 0;
}

// When a reused connection ends without an answer, libcurl resends the request on another one,
// although the service may have processed it. It also resends after a 417, which is an answer. Both
// are aborted here, except for idempotent methods without an answer.
int CurlTransfer::on_request(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.is_not_sent_again_ = transfer.sends_ > 0 && !transfer.may_send_again();
  transfer.is_resent_ = false;
  if (transfer.is_not_sent_again_) {
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.sends_ += transfer.fate_.was_held_back() ? 0U : 1U;
  transfer.has_moved_ = true;
  transfer.tls_.connected(transfer.handle());
  if (transfer.request_.may_speak_http2()) {
    transfer.fate_.sending();
    // Not earlier: libcurl's remarks about a handshake take time, and nobody reads them.
    CurlLibrary::get().easy_setopt(transfer.handle(), CURLOPT_VERBOSE, 1L);
  }
  return CURL_PREREQFUNC_OK;
}

int CurlTransfer::on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (type == CURLINFO_TEXT && transfer.request_.may_speak_http2()) {
    transfer.note_remark({data, size});
  }
  try {
    if (transfer.log_.enabled(LogLevel::info)) {
      log_curl_traffic(transfer.log_, type, {data, size});
    }
  } catch (...) {
    // A line that cannot be logged must not fail the transfer.
  }
  return 0;
}

bool CurlTransfer::misses_certificate() const {
  return tls_.wants_certificate() && options_.tls.cert.empty();
}

void CurlTransfer::read_tls() {
  if (const auto* const connection = tls_connection(handle())) {
    exchange_.response.tls = tls_facts(connection);
    exchange_.response.tls.misses_certificate = misses_certificate();
  }
}

std::string CurlTransfer::phase() const {
  if (blocked_on() >= 0) {
    return "writing the response: its reader is too slow";
  }
  if (in_body_) {
    return fmt::format("receiving the body, of which {} bytes came", exchange_.response.body_bytes);
  }
  return phase_before_body(handle(), exchange_.request.url.origin.starts_with("https:"));
}

HttpFailure CurlTransfer::failure(CURLcode code) const {
  const bool is_unprocessed = fate_.is_unprocessed(code) && code != CURLE_OPERATION_TIMEDOUT;
  if (!in_body_ && request_.may_speak_http2()) {
    if (auto known = http2_failure({code, error_text_.data(), is_unprocessed, fate_.wants_http1_1(),
                                    sends_, exchange_.response.status},
                                   exchange_.request)) {
      return *std::move(known);
    }
  }
  CurlFailure result;
  result.code = code;
  result.detail = error_text_.data();
  result.unix_socket = options_.unix_socket;
  result.os_error = static_cast<int>(curl_info<long>(handle(), CURLINFO_OS_ERRNO));
  result.verify_result = curl_info<long>(handle(), CURLINFO_SSL_VERIFYRESULT);
  // libcurl drops fractions of a millisecond, so its timer may fire that much early.
  result.deadline_passed =
      exchange_.deadline.passed(std::chrono::steady_clock::now() + Milliseconds(2));
  result.stalled = has_stalled_;
  result.sent = sends_ > 0 && !fate_.is_unprocessed(code);
  result.answered = curl_info<curl_off_t>(handle(), CURLINFO_STARTTRANSFER_TIME_T) > 0;
  result.misses_certificate = misses_certificate();
  result.phase = phase();
  return describe(result, exchange_.request, exchange_.response);
}

void CurlTransfer::finish_stalled() {
  has_stalled_ = !is_answered_;
  finish(has_stalled_ ? CURLE_OPERATION_TIMEDOUT : CURLE_OK);
}

void CurlTransfer::finish(CURLcode code) {
  auto& timings = exchange_.response.timings = timings_of(handle());
  timings.total += before_;
  timings.first_byte += timings.first_byte > Duration::zero() ? before_ : Duration::zero();
  if (!in_body_) {  // else read at the end of the headers
    exchange_.response.remote = remote_of(handle(), options_.unix_socket);
  }
  exchange_.response.connects =
      connects_ + static_cast<unsigned>(curl_info<long>(handle(), CURLINFO_NUM_CONNECTS));
  exchange_.response.sends = sends_;
  if (is_answered_ && code == CURLE_HTTP2_STREAM) {
    code = CURLE_OK;  // of what was still to be sent
  }
  if (is_not_sent_again_) {
    code = in_body_ ? CURLE_OK : CURLE_GOT_NOTHING;
  }
  if (thrown_) {
    std::rethrow_exception(thrown_);
  }
  if (!in_body_) {
    clear_head(exchange_.response);  // libcurl accepts half a head
    if (code == CURLE_HTTP2_STREAM) {
      exchange_.response.status = fate_.status();
      exchange_.response.reason = reason_phrase(exchange_.response.status);
    }
    code = header_bytes_ == 0 && code == CURLE_PARTIAL_FILE ? CURLE_GOT_NOTHING
           : code == CURLE_OK                               ? CURLE_PARTIAL_FILE
                                                            : code;
  }
  if (code == CURLE_OK && !is_not_sent_again_ && !missing_end().empty()) {
    code = CURLE_PARTIAL_FILE;
    error_text_.fill('\0');
    missing_end().copy(error_text_.data(), error_text_.size() - 1);
  }
  if (refusal_) {
    exchange_.failure =
        in_doubt_if_sent(*std::move(refusal_), exchange_.request, exchange_.response);
  } else if (code != CURLE_OK && !is_switched_) {
    exchange_.failure = failure(code);
  }
}

}  // namespace mscomm
