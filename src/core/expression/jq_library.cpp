#include "core/expression/jq_library.h"

#include "core/runtime/shared_library.h"

namespace mscomm {

JqLibrary JqLibrary::load(const char* name) {
  const SharedLibrary library(
      name, {"libjq", "which evaluates expressions", "install libjq: apt-get install libjq1"});
  JqLibrary jq;
  const auto from = [&library](const char* symbol, auto& function) {
    library.find(symbol, function);
  };
  from("jq_init", jq.init);
  from("jq_teardown", jq.teardown);
  from("jq_set_attr", jq.set_attr);
  from("jq_set_error_cb", jq.set_error_cb);
  from("jq_set_input_cb", jq.set_input_cb);
  from("jq_set_debug_cb", jq.set_debug_cb);
  from("jq_compile", jq.compile);
  from("jq_start", jq.start);
  from("jq_next", jq.next);
  from("jq_halted", jq.halted);
  from("jq_get_error_message", jq.get_error_message);
  from("jv_parser_new", jq.parser_new);
  from("jv_parser_set_buf", jq.parser_set_buf);
  from("jv_parser_next", jq.parser_next);
  from("jv_parser_free", jq.parser_free);
  from("jv_get_kind", jq.get_kind);
  from("jv_copy", jq.copy);
  from("jv_free", jq.free);
  from("jv_invalid", jq.invalid);
  from("jv_invalid_get_msg", jq.invalid_get_msg);
  from("jv_string_sized", jq.string_sized);
  from("jv_string_value", jq.string_value);
  from("jv_string_length_bytes", jq.string_length_bytes);
  from("jv_array", jq.array);
  from("jv_array_append", jq.array_append);
  from("jv_dump_string", jq.dump_string);
  return jq;
}

const JqLibrary& JqLibrary::get() {
  // The soname since jq 1.5.
  static const JqLibrary library = load("libjq.so.1");
  return library;
}

}  // namespace mscomm
