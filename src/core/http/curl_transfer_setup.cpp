// How a request becomes libcurl's options.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>

#include "core/http/curl_transfer.h"
#include "core/runtime/error.h"
#include "core/runtime/idn2_library.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// libcurl counts in whole milliseconds, and 0 means "none" to it.
long curl_milliseconds(Duration duration) {
  return std::max(1L, std::chrono::ceil<Milliseconds>(duration).count());
}

bool sends_content_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

// "HOST:PORT:..." with its names as they stand in a URL.
std::string with_a_labels(std::string_view entry) {
  std::string out;
  for (bool more = true; more;) {
    const auto end = std::min(entry.find(':'), entry.size());
    const std::string part(entry.substr(0, end));
    out += to_a_labels(part).value_or(part);
    more = end < entry.size();
    out += more ? ":" : "";
    entry.remove_prefix(end + (more ? 1 : 0));
  }
  return out;
}

}  // namespace

CurlTransfer::CurlTransfer(HttpExchange& exchange, const HttpClientOptions& options, Log& log)
    : exchange_(exchange), options_(options), log_(log), easy_(CurlLibrary::get().easy_init()) {
  if (!easy_) {
    throw std::bad_alloc();
  }
  set_basics();
  set_deadline();
  set_limits();
  set_security();
  set_addresses();
  set_method();
  set_form();
  set_headers();
  set_log();
}

void CurlTransfer::begin_again() {
  error_text_[0] = '\0';
  thrown_ = nullptr;
  refusal_.reset();
  header_bytes_ = 0;
  sends_ = 0;
  is_not_sent_again_ = false;
  progress_ = 0;
  has_moved_ = false;
  has_stalled_ = false;
  moved_at_.reset();
  in_body_ = false;
  is_switched_ = false;
  paused_ = false;
  set_deadline();
}

template <class T>
void CurlTransfer::set(CURLoption option, T value) {
  const auto& curl = CurlLibrary::get();
  if (const auto code = curl.easy_setopt(easy_.get(), option, value); code != CURLE_OK) {
    throw Error(Exit::internal, fmt::format("libcurl refuses option {}: {}",
                                            static_cast<int>(option), curl.easy_strerror(code)));
  }
}

void CurlTransfer::set_basics() {
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOPROGRESS, 1L);
  set(CURLOPT_URL, exchange_.request.url.text.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_PREREQFUNCTION, &CurlTransfer::on_request);
  set(CURLOPT_PREREQDATA, this);
  set_version();
  if (options_.compressed) {
    set(CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl knows
  }
  // A getaddrinfo(3) that hangs must not keep the process from ending.
  set(CURLOPT_QUICK_EXIT, 1L);
}

void CurlTransfer::set_version() {
  const bool has_tls = exchange_.request.url.origin.starts_with("https:");
  const bool knows_http2 = options_.version == HttpVersion::http2 && !has_tls;
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(options_.version == HttpVersion::http1_1 ? CURL_HTTP_VERSION_1_1
                        : knows_http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                      : CURL_HTTP_VERSION_2TLS));
  constexpr unsigned kReusesHttp2 = 0x080000;  // curl issue 10634
  if (knows_http2 && CurlLibrary::get().version_info(CURLVERSION_NOW)->version_num < kReusesHttp2) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
}

void CurlTransfer::set_deadline() {
  const auto left = exchange_.deadline.left(std::chrono::steady_clock::now());
  set(CURLOPT_TIMEOUT_MS, left ? curl_milliseconds(*left) : 0L);
}

void CurlTransfer::set_limits() {
  // 0 would be libcurl's default of five minutes.
  const bool limited = options_.connect_timeout > Duration::zero();
  set(CURLOPT_CONNECTTIMEOUT_MS, limited ? curl_milliseconds(options_.connect_timeout)
                                         : static_cast<long>(std::numeric_limits<int>::max()));
  // Of other bytes on_header() and on_body() tell, which costs less.
  const bool has_others =
      exchange_.request.body || !exchange_.request.form.empty() || options_.compressed;
  if (options_.stall_timeout > Duration::zero() && has_others) {
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &CurlTransfer::on_progress);
    set(CURLOPT_XFERINFODATA, this);
  }
}

void CurlTransfer::set_security() {
  const auto& tls = options_.tls;
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (tls.insecure) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!tls.ca.empty()) {
    set(CURLOPT_CAINFO, tls.ca.c_str());
    // Debian's libcurl also trusts /etc/ssl/certs; an authority that was named stands alone.
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!tls.cert.empty()) {
    set(CURLOPT_SSLCERT, tls.cert.c_str());
    set(CURLOPT_SSLKEY, tls.key.empty() ? tls.cert.c_str() : tls.key.c_str());
    // Without a pass phrase OpenSSL would ask the terminal for one.
    set(CURLOPT_KEYPASSWD, "");
  }
}

void CurlTransfer::set_addresses() {
  if (!options_.unix_socket.empty()) {
    set(CURLOPT_UNIX_SOCKET_PATH, options_.unix_socket.c_str());
  }
  for (const auto& entry : options_.resolve) {
    append(resolve_, with_a_labels(entry));
  }
  if (resolve_) {
    set(CURLOPT_RESOLVE, resolve_.get());
  }
  for (const auto& entry : options_.connect_to) {
    append(connect_to_, with_a_labels(entry));
  }
  if (connect_to_) {
    set(CURLOPT_CONNECT_TO, connect_to_.get());
  }
  if (options_.proxy) {
    set(CURLOPT_PROXY, options_.proxy->c_str());
  }
  if (!options_.tls.server_name.empty() && exchange_.request.url.origin.starts_with("https:")) {
    // libcurl takes SNI and the name to verify from the URL; so the URL gets that name, and the
    // connection and the Host header the real one.
    const auto authority = exchange_.request.url.origin.substr(std::string_view("https://").size());
    append(connect_to_, fmt::format("::{}", authority));
    set(CURLOPT_CONNECT_TO, connect_to_.get());
    set(CURLOPT_URL, with_host(exchange_.request.url, options_.tls.server_name).c_str());
    if (find_header(exchange_.request.headers, "host") == nullptr) {
      append(headers_, "Host: " + authority);
    }
  }
}

void CurlTransfer::set_method() {
  const auto& request = exchange_.request;
  if (request.body || sends_content_length(request.method)) {
    const std::string_view body = request.body ? std::string_view(*request.body) : "";
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  } else if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void CurlTransfer::set_form() {
  const auto& curl = CurlLibrary::get();
  const auto& parts = exchange_.request.form;
  if (parts.empty()) {
    return;
  }
  form_.reset(curl.mime_init(easy_.get()));
  for (const auto& part : parts) {
    auto* const field = form_ ? curl.mime_addpart(form_.get()) : nullptr;
    if (field == nullptr || curl.mime_name(field, part.name.c_str()) != CURLE_OK) {
      throw std::bad_alloc();
    }
    if (!part.file.empty()) {
      if (curl.mime_filedata(field, part.file.c_str()) != CURLE_OK) {
        throw Error(Exit::io, fmt::format("cannot read '{}': it is no longer there", part.file));
      }
    } else if (curl.mime_data(field, part.value.data(), part.value.size()) != CURLE_OK ||
               (!part.filename.empty() &&
                curl.mime_filename(field, part.filename.c_str()) != CURLE_OK)) {
      throw std::bad_alloc();
    }
  }
  set(CURLOPT_MIMEPOST, form_.get());
}

void CurlTransfer::add_header(const HttpHeader& header) {
  // "Name;" is libcurl's spelling of a header without a value.
  append(headers_, header.value.empty() ? header.name + ';'
                                        : fmt::format("{}: {}", header.name, header.value));
}

// CURLOPT_USERAGENT also tells it to the proxy that a request tunnels through: with https, and with
// --connect-to. For the others a header does, which costs less: libcurl formats that text once for
// each request, byte by byte, and the option's text twice (10 % of what a request under load costs
// in user space).
void CurlTransfer::add_user_agent() {
  const auto& request = exchange_.request;
  const auto is = [](std::string_view name) { return same_header_name(name, "user-agent"); };
  if (request.url.origin.starts_with("https:") || !options_.connect_to.empty()) {
    set(CURLOPT_USERAGENT, default_user_agent().c_str());
  } else if (find_header(request.headers, "user-agent") == nullptr &&
             std::ranges::none_of(request.without, is)) {
    append(headers_, "User-Agent: " + default_user_agent());
  }
}

void CurlTransfer::set_headers() {
  const auto& request = exchange_.request;
  for (const auto& header : request.headers) {
    add_header(header);
  }
  const auto missing = [&request](std::string_view name) {
    return find_header(request.headers, name) == nullptr;
  };
  for (const auto& name : request.without) {
    if (missing(name)) {
      append(headers_, name + ':');
    }
  }
  // libcurl's own ideas about a body: a form's content type, and a second of waiting above 1 MB.
  const bool has_body = request.body || sends_content_length(request.method);
  if (has_body && request.form.empty() && missing("Content-Type")) {
    append(headers_, "Content-Type:");
  }
  if ((has_body || !request.form.empty()) && missing("Expect")) {
    append(headers_, "Expect:");
  }
  if (!request.authorization.empty() && missing("authorization")) {
    append(headers_, std::string("Authorization: ").append(request.authorization.reveal()));
  }
  add_user_agent();
  set(CURLOPT_HTTPHEADER, headers_.get());
}

void CurlTransfer::set_log() {
  if (log_.enabled(LogLevel::info)) {
    set(CURLOPT_VERBOSE, 1L);
    set(CURLOPT_DEBUGFUNCTION, &CurlTransfer::on_debug);
    set(CURLOPT_DEBUGDATA, this);
  }
}

}  // namespace mscomm
