#include "core/http/curl_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <new>

#include "core/http/content_coding.h"
#include "core/runtime/error.h"
#include "core/runtime/idn2_library.h"

namespace mscomm {
namespace {

bool sends_content_length(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

// "HOST:PORT:..." with its host names in A-label form, as in a URL.
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

CurlRequest::CurlRequest(const HttpRequest& request, const HttpClientOptions& options)
    : request_(request), options_(options), easy_(CurlLibrary::get().easy_init()) {
  if (!easy_) {
    throw std::bad_alloc();
  }
  set_basics();
  set_version();
  set_connect_timeout();
  set_security();
  set_addresses();
  set_method();
  set_form();
  set_headers();
}

void CurlRequest::check(CURLoption option, CURLcode code) {
  if (code != CURLE_OK) {
    throw Error(Exit::internal,
                fmt::format("libcurl refuses option {}: {}", static_cast<int>(option),
                            CurlLibrary::get().easy_strerror(code)));
  }
}

void CurlRequest::set_basics() {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOPROGRESS, 1L);
  set(CURLOPT_URL, request_.url.text.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  // A getaddrinfo(3) that hangs must not keep the process from ending.
  set(CURLOPT_QUICK_EXIT, 1L);
}

void CurlRequest::set_version() {
  const bool has_tls = request_.url.origin.starts_with("https:");
  const bool knows_http2 = options_.version == HttpVersion::http2 && !has_tls;
  set(CURLOPT_HTTP_VERSION,
      static_cast<long>(options_.version == HttpVersion::http1_1 ? CURL_HTTP_VERSION_1_1
                        : knows_http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                      : CURL_HTTP_VERSION_2TLS));
  may_speak_http2_ = options_.version != HttpVersion::http1_1 && (has_tls || knows_http2);
  if (may_speak_http2_) {
    // As much as libcurl 7.88 takes of headers over HTTP/2: what does not fit into its buffer waits
    // there for an event that never comes.
    constexpr long kHeaders = 128L << 10U;
    set(CURLOPT_BUFFERSIZE, kHeaders);
  }
  constexpr unsigned kReusesHttp2 = 0x080000;  // curl issue 10634
  if (knows_http2 && CurlLibrary::get().version_info(CURLVERSION_NOW)->version_num < kReusesHttp2) {
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
  }
}

void CurlRequest::set_connect_timeout() {
  // 0 would select libcurl's default of five minutes.
  const bool limited = options_.connect_timeout > Duration::zero();
  set(CURLOPT_CONNECTTIMEOUT_MS, limited ? curl_milliseconds(options_.connect_timeout)
                                         : static_cast<long>(std::numeric_limits<int>::max()));
}

void CurlRequest::set_security() {
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

void CurlRequest::set_addresses() {
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
  if (!options_.tls.server_name.empty() && request_.url.origin.starts_with("https:")) {
    // libcurl takes the name for SNI and verification from the URL. So the URL gets the server
    // name, while the connection and the Host header keep the real host.
    const auto authority = request_.url.origin.substr(std::string_view("https://").size());
    append(connect_to_, fmt::format("::{}", authority));
    set(CURLOPT_CONNECT_TO, connect_to_.get());
    set(CURLOPT_URL, with_host(request_.url, options_.tls.server_name).c_str());
    if (find_header(request_.headers, "host") == nullptr) {
      append(headers_, "Host: " + authority);
    }
  }
}

void CurlRequest::set_method() {
  if (request_.body || sends_content_length(request_.method)) {
    const std::string_view body = request_.body ? std::string_view(*request_.body) : "";
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
  } else if (request_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlRequest::set_form() {
  const auto& curl = CurlLibrary::get();
  if (request_.form.empty()) {
    return;
  }
  form_.reset(curl.mime_init(easy_.get()));
  for (const auto& part : request_.form) {
    auto* const field = form_ ? curl.mime_addpart(form_.get()) : nullptr;
    if (field == nullptr || curl.mime_name(field, part.name.c_str()) != CURLE_OK) {
      throw std::bad_alloc();
    }
    if (!part.file.empty()) {
      if (curl.mime_filedata(field, part.file.c_str()) != CURLE_OK) {
        throw Error(Exit::io, fmt::format("cannot read '{}': it is no longer there", part.file));
      }
    } else if (curl.mime_data(field, part.value.data(), part.value.size()) != CURLE_OK) {
      throw std::bad_alloc();
    }
    if ((!part.filename.empty() && curl.mime_filename(field, part.filename.c_str()) != CURLE_OK) ||
        (!part.type.empty() && curl.mime_type(field, part.type.c_str()) != CURLE_OK)) {
      throw std::bad_alloc();
    }
  }
  set(CURLOPT_MIMEPOST, form_.get());
}

void CurlRequest::add_header(const HttpHeader& header) {
  // "Name;" is libcurl's spelling of a header without a value.
  append(headers_, header.value.empty() ? header.name + ';'
                                        : fmt::format("{}: {}", header.name, header.value));
}

// CURLOPT_USERAGENT also sends it to a proxy that the request tunnels through: with https and with
// --connect-to. Other requests use a header, which is cheaper: libcurl formats a header's text once
// for each request, byte by byte, and the option's text twice (10 % of the user time of a request
// under load).
void CurlRequest::add_user_agent() {
  if (request_.url.origin.starts_with("https:") || !options_.connect_to.empty()) {
    set(CURLOPT_USERAGENT, default_user_agent().c_str());
  } else {
    add_default("User-Agent", default_user_agent());
  }
}

// Unless the caller gives it or takes it away.
void CurlRequest::add_default(std::string_view name, const std::string& value) {
  const auto is = [name](std::string_view other) { return same_header_name(name, other); };
  if (find_header(request_.headers, name) == nullptr &&
      std::ranges::none_of(request_.without, is)) {
    append(headers_, fmt::format("{}: {}", name, value));
  }
}

void CurlRequest::set_headers() {
  for (const auto& header : request_.headers) {
    add_header(header);
  }
  const auto missing = [this](std::string_view name) {
    return find_header(request_.headers, name) == nullptr;
  };
  for (const auto& name : request_.without) {
    if (missing(name)) {
      append(headers_, name + ':');
    }
  }
  // Takes back libcurl's defaults for a body: a form's content type, and waiting a second for "100
  // Continue" above 1 MB.
  const bool has_body = request_.body || sends_content_length(request_.method);
  if (has_body && request_.form.empty() && missing("Content-Type")) {
    append(headers_, "Content-Type:");
  }
  if ((has_body || !request_.form.empty()) && missing("Expect")) {
    append(headers_, "Expect:");
  }
  if (!request_.authorization.empty() && missing("authorization")) {
    append(headers_, std::string("Authorization: ").append(request_.authorization.reveal()));
  }
  if (options_.compressed) {
    add_default("Accept-Encoding", accepted_codings());
  }
  add_user_agent();
  set(CURLOPT_HTTPHEADER, headers_.get());
}

}  // namespace mscomm
