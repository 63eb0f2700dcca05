#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>

#include "core/runtime/shared_library.h"

namespace mscomm {

/// libpcre2-8's functions, reached through pointers and not linked: only schemas with a pattern
/// need them.
struct Pcre2Library : LibraryTable<Pcre2Library> {
  /// The default is the soname since PCRE2 10.0.
  explicit Pcre2Library(const char* name = "libpcre2-8.so.0")
      : LibraryTable(name, {"libpcre2", "which matches the patterns of schemas",
                            "install libpcre2: apt-get install libpcre2-8-0"}) {}

  decltype(&pcre2_compile_context_create) compile_context_create =
      function("pcre2_compile_context_create_8");
  decltype(&pcre2_compile_context_free) compile_context_free =
      function("pcre2_compile_context_free_8");
  decltype(&pcre2_set_compile_extra_options) set_compile_extra_options =
      function("pcre2_set_compile_extra_options_8");
  decltype(&pcre2_set_newline) set_newline = function("pcre2_set_newline_8");
  decltype(&pcre2_compile) compile = function("pcre2_compile_8");
  decltype(&pcre2_code_free) code_free = function("pcre2_code_free_8");
  decltype(&pcre2_match_context_create) match_context_create =
      function("pcre2_match_context_create_8");
  decltype(&pcre2_match_context_free) match_context_free = function("pcre2_match_context_free_8");
  decltype(&pcre2_set_match_limit) set_match_limit = function("pcre2_set_match_limit_8");
  decltype(&pcre2_set_depth_limit) set_depth_limit = function("pcre2_set_depth_limit_8");
  decltype(&pcre2_set_heap_limit) set_heap_limit = function("pcre2_set_heap_limit_8");
  decltype(&pcre2_match_data_create) match_data_create = function("pcre2_match_data_create_8");
  decltype(&pcre2_match_data_free) match_data_free = function("pcre2_match_data_free_8");
  decltype(&pcre2_match) match = function("pcre2_match_8");
  decltype(&pcre2_get_error_message) get_error_message = function("pcre2_get_error_message_8");
};

/// A unique_ptr deleter for the library's objects.
struct Pcre2Free {
  void operator()(pcre2_compile_context* context) const {
    Pcre2Library::get().compile_context_free(context);
  }
  void operator()(pcre2_match_context* context) const {
    Pcre2Library::get().match_context_free(context);
  }
  void operator()(pcre2_match_data* data) const { Pcre2Library::get().match_data_free(data); }
  void operator()(pcre2_code* code) const { Pcre2Library::get().code_free(code); }
};

template <class T>
using Pcre2Handle = std::unique_ptr<T, Pcre2Free>;

}  // namespace mscomm
