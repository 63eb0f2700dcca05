#pragma once

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "core/runtime/clock.h"
#include "core/runtime/handle.h"
#include "core/runtime/shared_library.h"

namespace mscomm {

/// libcurl's functions, reached through pointers and not linked: its 33 shared objects would cost
/// every start about 5 ms, even of commands without HTTP.
struct CurlLibrary : LibraryTable<CurlLibrary> {
  /// Loads and initialises the shared object `name`, by default the soname of libcurl's ABI since
  /// 2006. It is never unloaded: a resolver thread may outlive its transfer. Throws Error{usage}
  /// when it is not installed or older than 7.85.
  explicit CurlLibrary(const char* name = "libcurl.so.4");

  decltype(&curl_global_init) global_init = function("curl_global_init");
  decltype(&curl_version_info) version_info = function("curl_version_info");
  decltype(&curl_free) free = function("curl_free");
  decltype(&curl_getdate) getdate = function("curl_getdate");
  decltype(&curl_slist_append) slist_append = function("curl_slist_append");
  decltype(&curl_slist_free_all) slist_free_all = function("curl_slist_free_all");

  decltype(&curl_easy_init) easy_init = function("curl_easy_init");
  decltype(&curl_easy_cleanup) easy_cleanup = function("curl_easy_cleanup");
  decltype(&curl_easy_setopt) easy_setopt = function("curl_easy_setopt");
  decltype(&curl_easy_getinfo) easy_getinfo = function("curl_easy_getinfo");
  decltype(&curl_easy_header) easy_header = function("curl_easy_header");
  decltype(&curl_easy_pause) easy_pause = function("curl_easy_pause");
  decltype(&curl_easy_strerror) easy_strerror = function("curl_easy_strerror");
  decltype(&curl_easy_escape) easy_escape = function("curl_easy_escape");

  decltype(&curl_mime_init) mime_init = function("curl_mime_init");
  decltype(&curl_mime_free) mime_free = function("curl_mime_free");
  decltype(&curl_mime_addpart) mime_addpart = function("curl_mime_addpart");
  decltype(&curl_mime_name) mime_name = function("curl_mime_name");
  decltype(&curl_mime_data) mime_data = function("curl_mime_data");
  decltype(&curl_mime_filedata) mime_filedata = function("curl_mime_filedata");
  decltype(&curl_mime_filename) mime_filename = function("curl_mime_filename");
  decltype(&curl_mime_type) mime_type = function("curl_mime_type");

  decltype(&curl_multi_init) multi_init = function("curl_multi_init");
  decltype(&curl_multi_cleanup) multi_cleanup = function("curl_multi_cleanup");
  decltype(&curl_multi_setopt) multi_setopt = function("curl_multi_setopt");
  decltype(&curl_multi_add_handle) multi_add_handle = function("curl_multi_add_handle");
  decltype(&curl_multi_remove_handle) multi_remove_handle = function("curl_multi_remove_handle");
  decltype(&curl_multi_socket_action) multi_socket_action = function("curl_multi_socket_action");
  decltype(&curl_multi_info_read) multi_info_read = function("curl_multi_info_read");
  decltype(&curl_multi_strerror) multi_strerror = function("curl_multi_strerror");

  decltype(&curl_url) url = function("curl_url");
  decltype(&curl_url_cleanup) url_cleanup = function("curl_url_cleanup");
  decltype(&curl_url_get) url_get = function("curl_url_get");
  decltype(&curl_url_set) url_set = function("curl_url_set");
  decltype(&curl_url_strerror) url_strerror = function("curl_url_strerror");

 private:
  class WithoutGnutls;
  CurlLibrary(const char* name, const WithoutGnutls& while_loading);
};

inline void free_curl_easy(CURL* handle) noexcept { CurlLibrary::get().easy_cleanup(handle); }
inline void free_curl_multi(CURLM* handle) noexcept { CurlLibrary::get().multi_cleanup(handle); }
inline void free_curl_url(CURLU* handle) noexcept { CurlLibrary::get().url_cleanup(handle); }
inline void free_curl_mime(curl_mime* form) noexcept { CurlLibrary::get().mime_free(form); }
inline void free_curl_list(curl_slist* list) noexcept { CurlLibrary::get().slist_free_all(list); }
inline void free_curl_string(char* text) noexcept { CurlLibrary::get().free(text); }

using CurlEasy = std::unique_ptr<CURL, Deleter<free_curl_easy>>;
using CurlMulti = std::unique_ptr<CURLM, Deleter<free_curl_multi>>;
using CurlMime = std::unique_ptr<curl_mime, Deleter<free_curl_mime>>;
using CurlUrl = std::unique_ptr<CURLU, Deleter<free_curl_url>>;
using CurlList = std::unique_ptr<curl_slist, Deleter<free_curl_list>>;
using CurlString = std::unique_ptr<char, Deleter<free_curl_string>>;

/// A time as libcurl's options take it: whole milliseconds, rounded up to at least 1, because 0
/// means "none".
inline long curl_milliseconds(Duration duration) {
  return std::max(1L, std::chrono::ceil<Milliseconds>(duration).count());
}

/// Appends a copy of `text`.
void append(CurlList& list, const std::string& text);

}  // namespace mscomm
