#pragma once

#include "core/http/curl_library.h"
#include "core/http/http.h"
#include "core/http/http_client_options.h"

namespace mscomm {

/// A request as a libcurl easy handle, with everything that the handle refers to. The response is
/// up to the owner, who adds callbacks and deadlines by set().
class CurlRequest {
 public:
  /// Both arguments must outlive it. Throws Error{io} for a form's file that no longer exists,
  /// Error{internal} when libcurl refuses an option.
  CurlRequest(const HttpRequest& request, const HttpClientOptions& options);

  [[nodiscard]] CURL* handle() const noexcept { return easy_.get(); }

  /// Whether it may be sent over HTTP/2.
  [[nodiscard]] bool may_speak_http2() const noexcept { return may_speak_http2_; }

  /// One more option. Throws Error{internal} when libcurl refuses it.
  template <class T>
  void set(CURLoption option, T value) {
    check(option, CurlLibrary::get().easy_setopt(easy_.get(), option, value));
  }

 private:
  static void check(CURLoption option, CURLcode code);
  void set_basics();
  void set_version();
  void set_connect_timeout();
  void set_security();
  void set_addresses();
  void set_method();
  void set_form();
  void add_user_agent();
  void add_default(std::string_view name, const std::string& value);
  void set_headers();
  void add_header(const HttpHeader& header);

  const HttpRequest& request_;
  const HttpClientOptions& options_;
  CurlEasy easy_;
  bool may_speak_http2_ = false;
  CurlList headers_;
  CurlList resolve_;
  CurlList connect_to_;
  CurlMime form_;  ///< must be freed before its handle
};

}  // namespace mscomm
