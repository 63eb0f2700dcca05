#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "core/runtime/handle.h"

namespace mscomm {

/// libcurl's functions, reached through pointers instead of being linked: its 33 shared objects
/// cost every start about 5 ms, which commands that do not speak HTTP must not pay.
struct CurlLibrary {
  decltype(&curl_global_init) global_init = nullptr;
  decltype(&curl_version_info) version_info = nullptr;
  decltype(&curl_free) free = nullptr;
  decltype(&curl_getdate) getdate = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;

  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_pause) easy_pause = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_easy_escape) easy_escape = nullptr;
  decltype(&curl_easy_unescape) easy_unescape = nullptr;

  decltype(&curl_mime_init) mime_init = nullptr;
  decltype(&curl_mime_free) mime_free = nullptr;
  decltype(&curl_mime_addpart) mime_addpart = nullptr;
  decltype(&curl_mime_name) mime_name = nullptr;
  decltype(&curl_mime_data) mime_data = nullptr;
  decltype(&curl_mime_filedata) mime_filedata = nullptr;
  decltype(&curl_mime_filename) mime_filename = nullptr;

  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&curl_multi_setopt) multi_setopt = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&curl_multi_socket_action) multi_socket_action = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  decltype(&curl_multi_strerror) multi_strerror = nullptr;

  decltype(&curl_url) url = nullptr;
  decltype(&curl_url_cleanup) url_cleanup = nullptr;
  decltype(&curl_url_get) url_get = nullptr;
  decltype(&curl_url_set) url_set = nullptr;
  decltype(&curl_url_strerror) url_strerror = nullptr;

  /// The library, loaded and initialised on first use and never unloaded (a resolver thread may
  /// outlive its transfer). Throws Error{usage} when it is not installed or older than 7.85.
  static const CurlLibrary& get();

  /// Loads and checks the shared object `name`; get() without the memory, for tests.
  static CurlLibrary load(const char* name);
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

/// Appends a copy of `text`.
void append(CurlList& list, const std::string& text);

}  // namespace mscomm
