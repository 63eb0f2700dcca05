#pragma once

// A small function in the header calls this one, and without optimisation it is compiled, used or
// not; nothing has to be linked for it.
#pragma weak jv_get_kind

// The header does not say itself that it is C.
extern "C" {
#include <jq.h>
}

namespace mscomm {

/// libjq's functions, reached through pointers instead of being linked: only commands that are
/// given an expression pay for it. The macros of its headers name functions, so they are not used.
struct JqLibrary {
  decltype(&jq_init) init = nullptr;
  decltype(&jq_teardown) teardown = nullptr;
  decltype(&jq_set_attr) set_attr = nullptr;
  decltype(&jq_set_error_cb) set_error_cb = nullptr;
  decltype(&jq_set_input_cb) set_input_cb = nullptr;
  decltype(&jq_set_debug_cb) set_debug_cb = nullptr;
  decltype(&jq_compile) compile = nullptr;
  decltype(&jq_start) start = nullptr;
  decltype(&jq_next) next = nullptr;
  decltype(&jq_halted) halted = nullptr;
  decltype(&jq_get_error_message) get_error_message = nullptr;

  decltype(&jv_parser_new) parser_new = nullptr;
  decltype(&jv_parser_set_buf) parser_set_buf = nullptr;
  decltype(&jv_parser_next) parser_next = nullptr;
  decltype(&jv_parser_free) parser_free = nullptr;

  decltype(&jv_get_kind) get_kind = nullptr;
  decltype(&jv_copy) copy = nullptr;
  decltype(&jv_free) free = nullptr;
  decltype(&jv_invalid) invalid = nullptr;
  decltype(&jv_invalid_get_msg) invalid_get_msg = nullptr;
  decltype(&jv_string_sized) string_sized = nullptr;
  decltype(&jv_string_value) string_value = nullptr;
  decltype(&jv_string_length_bytes) string_length_bytes = nullptr;
  decltype(&jv_array) array = nullptr;
  decltype(&jv_array_append) array_append = nullptr;
  decltype(&jv_dump_string) dump_string = nullptr;

  /// The library, loaded on first use. Throws Error{usage} when it is not installed.
  static const JqLibrary& get();

  /// Loads the shared object `name`; get() without the memory, for tests.
  static JqLibrary load(const char* name);
};

}  // namespace mscomm
