#include "core/schema/pcre2_library.h"

#include "core/runtime/shared_library.h"

namespace mscomm {

Pcre2Library Pcre2Library::load(const char* name) {
  const SharedLibrary library(name, {"libpcre2", "which matches the patterns of schemas",
                                     "install libpcre2: apt-get install libpcre2-8-0"});
  Pcre2Library pcre2;
  const auto from = [&library](const char* symbol, auto& function) {
    library.find(symbol, function);
  };
  from("pcre2_compile_context_create_8", pcre2.compile_context_create);
  from("pcre2_compile_context_free_8", pcre2.compile_context_free);
  from("pcre2_set_compile_extra_options_8", pcre2.set_compile_extra_options);
  from("pcre2_set_newline_8", pcre2.set_newline);
  from("pcre2_compile_8", pcre2.compile);
  from("pcre2_code_free_8", pcre2.code_free);
  from("pcre2_match_context_create_8", pcre2.match_context_create);
  from("pcre2_match_context_free_8", pcre2.match_context_free);
  from("pcre2_set_match_limit_8", pcre2.set_match_limit);
  from("pcre2_set_depth_limit_8", pcre2.set_depth_limit);
  from("pcre2_set_heap_limit_8", pcre2.set_heap_limit);
  from("pcre2_match_data_create_8", pcre2.match_data_create);
  from("pcre2_match_data_free_8", pcre2.match_data_free);
  from("pcre2_match_8", pcre2.match);
  from("pcre2_get_error_message_8", pcre2.get_error_message);
  return pcre2;
}

const Pcre2Library& Pcre2Library::get() {
  // The soname since PCRE2 10.0.
  static const Pcre2Library library = load("libpcre2-8.so.0");
  return library;
}

}  // namespace mscomm
