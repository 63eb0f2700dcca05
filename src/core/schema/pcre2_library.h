#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>

namespace mscomm {

/// libpcre2-8's functions, reached through pointers instead of being linked: only a schema that has
/// a pattern pays for it.
struct Pcre2Library {
  decltype(&pcre2_compile_context_create) compile_context_create = nullptr;
  decltype(&pcre2_compile_context_free) compile_context_free = nullptr;
  decltype(&pcre2_set_compile_extra_options) set_compile_extra_options = nullptr;
  decltype(&pcre2_set_newline) set_newline = nullptr;
  decltype(&pcre2_compile) compile = nullptr;
  decltype(&pcre2_code_free) code_free = nullptr;
  decltype(&pcre2_match_context_create) match_context_create = nullptr;
  decltype(&pcre2_match_context_free) match_context_free = nullptr;
  decltype(&pcre2_set_match_limit) set_match_limit = nullptr;
  decltype(&pcre2_set_depth_limit) set_depth_limit = nullptr;
  decltype(&pcre2_set_heap_limit) set_heap_limit = nullptr;
  decltype(&pcre2_match_data_create) match_data_create = nullptr;
  decltype(&pcre2_match_data_free) match_data_free = nullptr;
  decltype(&pcre2_match) match = nullptr;
  decltype(&pcre2_get_error_message) get_error_message = nullptr;

  /// The library, loaded on first use. Throws Error{usage} when it is not installed.
  static const Pcre2Library& get();

  /// Loads the shared object `name`; get() without the memory, for tests.
  static Pcre2Library load(const char* name);
};

/// A unique_ptr deleter for what the library gives.
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
