#pragma once

// An inline function in jq.h calls jv_get_kind, and without optimisation that is compiled even if
// unused. A weak symbol needs no library at link time.
#pragma weak jv_get_kind

// jq.h has no extern "C" of its own.
extern "C" {
#include <jq.h>
}

#include "core/runtime/shared_library.h"

namespace mscomm {

/// libjq's functions, loaded on demand instead of linked, so that only commands with an expression
/// pay for it. The macros of jq's headers call functions by name, so they cannot be used.
struct JqLibrary : LibraryTable<JqLibrary> {
  /// The default is the soname since jq 1.5.
  explicit JqLibrary(const char* name = "libjq.so.1")
      : LibraryTable(name, {"libjq", "which evaluates expressions",
                            "install libjq: apt-get install libjq1"}) {}

  decltype(&jq_init) init = function("jq_init");
  decltype(&jq_teardown) teardown = function("jq_teardown");
  decltype(&jq_set_attr) set_attr = function("jq_set_attr");
  decltype(&jq_set_error_cb) set_error_cb = function("jq_set_error_cb");
  decltype(&jq_set_input_cb) set_input_cb = function("jq_set_input_cb");
  decltype(&jq_set_debug_cb) set_debug_cb = function("jq_set_debug_cb");
  decltype(&jq_compile) compile = function("jq_compile");
  decltype(&jq_start) start = function("jq_start");
  decltype(&jq_next) next = function("jq_next");
  decltype(&jq_halted) halted = function("jq_halted");
  decltype(&jq_get_error_message) get_error_message = function("jq_get_error_message");

  decltype(&jv_parser_new) parser_new = function("jv_parser_new");
  decltype(&jv_parser_set_buf) parser_set_buf = function("jv_parser_set_buf");
  decltype(&jv_parser_next) parser_next = function("jv_parser_next");
  decltype(&jv_parser_free) parser_free = function("jv_parser_free");

  decltype(&jv_get_kind) get_kind = function("jv_get_kind");
  decltype(&jv_copy) copy = function("jv_copy");
  decltype(&jv_free) free = function("jv_free");
  decltype(&jv_invalid) invalid = function("jv_invalid");
  decltype(&jv_invalid_get_msg) invalid_get_msg = function("jv_invalid_get_msg");
  decltype(&jv_string_sized) string_sized = function("jv_string_sized");
  decltype(&jv_string_value) string_value = function("jv_string_value");
  decltype(&jv_string_length_bytes) string_length_bytes = function("jv_string_length_bytes");
  decltype(&jv_object_set) object_set = function("jv_object_set");
  decltype(&jv_array) array = function("jv_array");
  decltype(&jv_array_append) array_append = function("jv_array_append");
  decltype(&jv_dump_string) dump_string = function("jv_dump_string");
};

}  // namespace mscomm
